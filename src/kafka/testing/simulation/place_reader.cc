#include "kafka/testing/simulation/place_reader.h"

#include <algorithm>

#include "kafka/protocol/errors.h"
#include "kafka/protocol/messages/offset_fetch.h"

namespace kappa::kafka::simulation {
namespace {

constexpr int32_t kWaitMs = 30;

}  // namespace

FetchRequest PlaceReader::request_for(const TopicPartition& place, int64_t position) const {
  FetchRequest request;
  request.max_wait_ms = kWaitMs;
  request.min_bytes = 1;
  request.isolation_level = is_committed_only_ ? 1 : 0;
  auto& topic = request.topics.emplace_back();
  topic.name = place.topic;
  topic.topic_id = site_.topic_ids.at(place.topic);
  const auto bytes_max = static_cast<int32_t>(100 + site_.world.below(6'000));
  topic.partitions.push_back(
      {.index = place.partition, .fetch_offset = position, .max_bytes = bytes_max});
  return request;
}

Task<std::optional<FetchedRecords>> PlaceReader::read(const TopicPartition& place,
                                                      int64_t& position) {
  const FetchRequest request = request_for(place, position);
  const auto version = static_cast<int16_t>(4 + site_.world.below(13));
  const int64_t life = site_.ledger.life();
  auto answer = co_await client_.call<FetchApi>(version, request);
  if (!answer || answer->error_code != error::kNone) co_return std::nullopt;
  const bool is_late = life != site_.ledger.life();
  if (is_late && !topic_named(place.topic).is_synced) co_return std::nullopt;
  auto taken = take(place, answer->topics.at(0).partitions.at(0), position);
  co_return taken;
}

std::optional<FetchedRecords> PlaceReader::take(const TopicPartition& place, const Answered& answer,
                                                int64_t& position) {
  if (answer.error_code == error::kOffsetOutOfRange) {
    const auto& topic = topic_named(place.topic);
    if (topic.is_synced && !topic.is_deleted) {
      site_.world.find("{}: {}-{} has lost the offset {}", client_.name(), place.topic,
                       place.partition, position);
    }
    position = std::max<int64_t>(answer.log_start_offset, 0);
  }
  if (answer.error_code != error::kNone) {
    site_.world.tell("{}: {}-{} cannot be read at {}: {}", client_.name(), place.topic,
                     place.partition, position, answer.error_code);
    return std::nullopt;
  }
  FetchedRecords fetched = records_in(answer, position, is_committed_only_);
  if (!fetched.is_sound) {
    site_.world.find("{}: {}-{}: what was fetched at {} is no batch", client_.name(), place.topic,
                     place.partition, position);
    return std::nullopt;
  }
  ReadRecords read{.reader = client_.name(),
                   .place = place,
                   .is_committed_only = is_committed_only_,
                   .from = position,
                   .to = fetched.position};
  for (const auto& record : fetched.records) read.values[record.offset] = record.value;
  if (read.to > read.from) site_.ledger.reads.push_back(std::move(read));
  position = fetched.position;
  return fetched;
}

Task<std::optional<int64_t>> PlaceReader::find_position(const Membership& member,
                                                        const TopicPartition& place,
                                                        bool is_stable_wanted) {
  OffsetFetchRequest request{.require_stable = is_stable_wanted};
  auto& group = request.groups.emplace_back();
  group.group_id = member.group();
  auto& topic = group.topics.emplace().emplace_back();
  topic.name = place.topic;
  topic.partition_indexes = {place.partition};
  const int64_t at_least = site_.ledger.offsets[{member.group(), place}].acknowledged;
  auto answer = co_await client_.call<OffsetFetchApi>(8, request);
  if (!answer || answer->groups.at(0).error_code != error::kNone) co_return std::nullopt;
  const auto& found = answer->groups[0].topics.at(0).partitions.at(0);
  if (found.error_code != error::kNone) co_return std::nullopt;
  check_committed(member.group(), place, found.committed_offset, at_least);
  // Perhaps the answer to its commit was lost; from now on it must stay.
  site_.ledger.note_commit(member.group(), place, found.committed_offset);
  co_return std::max<int64_t>(found.committed_offset, 0);
}

void PlaceReader::check_committed(const std::string& group, const TopicPartition& place,
                                  int64_t committed, int64_t at_least) {
  const auto& known = site_.ledger.offsets[{group, place}];
  const bool was_sent = committed < 0 || known.sent.contains(committed);
  if (committed >= at_least && was_sent) return;
  site_.world.find("{}: group {} resumes {}-{} at {}, acknowledged was {}", client_.name(), group,
                   place.topic, place.partition, committed, at_least);
}

}  // namespace kappa::kafka::simulation
