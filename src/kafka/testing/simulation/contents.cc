#include "kafka/testing/simulation/contents.h"

#include "kafka/protocol/errors.h"
#include "kafka/protocol/messages/offset_fetch.h"
#include "kafka/testing/test_client.h"

namespace kappa::kafka::simulation {
namespace {

class Reading {
 public:
  Reading(Site& site, const TopicPartition& place)
      : site_(site), place_(place), client_(site.server.broker()) {}

  PlaceContents run() {
    PlaceContents contents;
    auto found = site_.server.log().partition(site_.topic_ids.at(place_.topic), place_.partition);
    if (!found.ok()) {
      site_.world.find("{}-{} is gone", place_.topic, place_.partition);
      return contents;
    }
    contents.log_start = (*found)->log_start().value;
    contents.high_watermark = (*found)->high_watermark().value;
    contents.last_stable = (*found)->last_stable().value;
    contents.all = read(contents.log_start, contents.high_watermark, false);
    contents.committed = read(contents.log_start, contents.last_stable, true);
    return contents;
  }

 private:
  std::map<int64_t, FetchedRecord> read(int64_t from, int64_t to, bool is_committed_only) {
    std::map<int64_t, FetchedRecord> records;
    while (from < to) {
      FetchRequest request;
      request.isolation_level = is_committed_only ? 1 : 0;
      auto& topic = request.topics.emplace_back();
      topic.name = place_.topic;
      topic.partitions.push_back(
          {.index = place_.partition, .fetch_offset = from, .max_bytes = 1 << 20});
      const auto response = client_.call<FetchApi>(11, request);
      const auto& answer = response.topics.at(0).partitions.at(0);
      const FetchedRecords fetched = records_in(answer, from, is_committed_only);
      if (answer.error_code != error::kNone || !fetched.is_sound || fetched.position <= from) {
        site_.world.find("{}-{} cannot be read: from={} to={} error={}", place_.topic,
                         place_.partition, from, to, answer.error_code);
        break;
      }
      from = fetched.position;
      for (const auto& record : fetched.records) records[record.offset] = record;
    }
    return records;
  }

  Site& site_;
  const TopicPartition place_;
  TestClient client_;
};

}  // namespace

Contents read_contents(Site& site) {
  Contents contents;
  for (const auto& topic : kTopics) {
    for (int32_t i = 0; i < topic.partitions; ++i) {
      const TopicPartition place = place_in(topic, i);
      contents[place] = Reading(site, place).run();
    }
  }
  return contents;
}

int64_t read_committed_offset(Site& site, const std::string& group, const TopicPartition& place) {
  TestClient client(site.server.broker());
  OffsetFetchRequest request;
  auto& wanted = request.groups.emplace_back();
  wanted.group_id = group;
  auto& topic = wanted.topics.emplace().emplace_back();
  topic.name = place.topic;
  topic.partition_indexes = {place.partition};
  const auto response = client.call<OffsetFetchApi>(8, request);
  return response.groups.at(0).topics.at(0).partitions.at(0).committed_offset;
}

}  // namespace kappa::kafka::simulation
