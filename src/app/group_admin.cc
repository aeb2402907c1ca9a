#include "app/group_admin.h"

#include <map>

#include "app/librdkafka.h"

namespace kappa::app {
namespace {

using GroupListPtr =
    std::unique_ptr<const struct rd_kafka_group_list, Deleter<rd_kafka_group_list_destroy>>;

using MetadataPtr =
    std::unique_ptr<const struct rd_kafka_metadata, Deleter<rd_kafka_metadata_destroy>>;

using Places = std::map<std::pair<std::string, int>, GroupPlace>;

GroupPlace& place_of(Places& places, const rd_kafka_topic_partition_t& partition) {
  GroupPlace& place = places[{partition.topic, partition.partition}];
  place.topic = partition.topic;
  place.partition = partition.partition;
  return place;
}

Status first_error(const rd_kafka_topic_partition_list_t& partitions) {
  for (int i = 0; i < partitions.cnt; ++i) {
    const auto& partition = partitions.elems[i];
    Status status = status_of(partition.err);
    if (status.ok()) continue;
    return annotate(status, fmt::format("{} [{}]", partition.topic, partition.partition));
  }
  return OkStatus();
}

class LibrdkafkaGroups final : public GroupAdmin {
 public:
  explicit LibrdkafkaGroups(HandlePtr handle)
      : handle_(std::move(handle)), queue_(rd_kafka_queue_new(handle_.get())) {}

  StatusOr<std::vector<GroupSummary>> list() override { return list_of(nullptr); }

  StatusOr<GroupSummary> find(const std::string& group) override {
    ASSIGN_OR_RETURN(auto found, list_of(group.c_str()));
    if (found.empty() || found[0].state == "Dead") return not_found("no such group: {}", group);
    return found[0];
  }

  StatusOr<std::vector<GroupPlace>> places(const std::string& group) override {
    Places places;
    RETURN_IF_ERROR(add_committed(group, places));
    RETURN_IF_ERROR(add_members(group, places));
    return with_offsets(std::move(places));
  }

  StatusOr<std::vector<GroupPlace>> places_in(const std::string& group,
                                              const std::string& topic) override {
    Places places;
    RETURN_IF_ERROR(add_partitions(topic, places));
    RETURN_IF_ERROR(add_committed(group, places));
    std::erase_if(places, [&](const auto& entry) { return entry.second.topic != topic; });
    return with_offsets(std::move(places));
  }

  StatusOr<int64_t> offset_at(const GroupPlace& place, int64_t timestamp_ms) override {
    TopicListPtr times(rd_kafka_topic_partition_list_new(1));
    rd_kafka_topic_partition_list_add(times.get(), place.topic.c_str(), place.partition)->offset =
        timestamp_ms;
    RETURN_IF_ERROR(status_of(rd_kafka_offsets_for_times(handle_.get(), times.get(), kTimeoutMs)));
    RETURN_IF_ERROR(first_error(*times));
    int64_t offset = times->elems[0].offset;
    return offset < 0 ? place.next_offset : offset;
  }

  Status commit(const std::string& group, const std::vector<GroupPlace>& places) override {
    TopicListPtr offsets(rd_kafka_topic_partition_list_new(static_cast<int>(places.size())));
    for (const GroupPlace& place : places) {
      rd_kafka_topic_partition_list_add(offsets.get(), place.topic.c_str(), place.partition)
          ->offset = place.committed;
    }
    auto* wanted = rd_kafka_AlterConsumerGroupOffsets_new(group.c_str(), offsets.get());
    rd_kafka_AlterConsumerGroupOffsets(handle_.get(), &wanted, 1, nullptr, queue_.get());
    rd_kafka_AlterConsumerGroupOffsets_destroy(wanted);
    ASSIGN_OR_RETURN(EventPtr event, wait_for_answer(queue_.get()));
    size_t count = 0;
    const auto** groups = rd_kafka_AlterConsumerGroupOffsets_result_groups(
        rd_kafka_event_AlterConsumerGroupOffsets_result(event.get()), &count);
    return group_error(groups, count);
  }

  Status remove(const std::string& group) override {
    auto* unwanted = rd_kafka_DeleteGroup_new(group.c_str());
    rd_kafka_DeleteGroups(handle_.get(), &unwanted, 1, nullptr, queue_.get());
    rd_kafka_DeleteGroup_destroy(unwanted);
    ASSIGN_OR_RETURN(EventPtr event, wait_for_answer(queue_.get()));
    size_t count = 0;
    const auto** groups = rd_kafka_DeleteGroups_result_groups(
        rd_kafka_event_DeleteGroups_result(event.get()), &count);
    return group_error(groups, count);
  }

 private:
  // nullptr: all.
  StatusOr<std::vector<GroupSummary>> list_of(const char* group) {
    const struct rd_kafka_group_list* list = nullptr;
    RETURN_IF_ERROR(status_of(rd_kafka_list_groups(handle_.get(), group, &list, kTimeoutMs)));
    GroupListPtr owner(list);
    std::vector<GroupSummary> groups;
    for (int i = 0; i < list->group_cnt; ++i) {
      const auto& found = list->groups[i];
      RETURN_IF_ERROR(status_of(found.err));
      groups.push_back({found.group, found.state, found.protocol_type, found.member_cnt});
    }
    return groups;
  }

  StatusOr<std::vector<GroupPlace>> with_offsets(Places places) {
    std::vector<GroupPlace> result;
    for (auto& [key, place] : places) {
      RETURN_IF_ERROR(status_of(
          rd_kafka_query_watermark_offsets(handle_.get(), place.topic.c_str(), place.partition,
                                           &place.first_offset, &place.next_offset, kTimeoutMs)));
      result.push_back(std::move(place));
    }
    return result;
  }

  Status add_partitions(const std::string& topic, Places& places) {
    // All topics: to ask for one would create it.
    const struct rd_kafka_metadata* metadata = nullptr;
    RETURN_IF_ERROR(status_of(rd_kafka_metadata(handle_.get(), 1, nullptr, &metadata, kTimeoutMs)));
    MetadataPtr owner(metadata);
    for (int t = 0; t < metadata->topic_cnt; ++t) {
      const auto& found = metadata->topics[t];
      if (found.topic != topic) continue;
      for (int i = 0; i < found.partition_cnt; ++i) {
        GroupPlace& place = places[{topic, found.partitions[i].id}];
        place.topic = topic;
        place.partition = found.partitions[i].id;
      }
      return OkStatus();
    }
    return not_found("no such topic: {}", topic);
  }

  Status add_committed(const std::string& group, Places& places) {
    auto* wanted = rd_kafka_ListConsumerGroupOffsets_new(group.c_str(), nullptr);
    rd_kafka_ListConsumerGroupOffsets(handle_.get(), &wanted, 1, nullptr, queue_.get());
    rd_kafka_ListConsumerGroupOffsets_destroy(wanted);
    ASSIGN_OR_RETURN(EventPtr event, wait_for_answer(queue_.get()));
    size_t count = 0;
    const auto** groups = rd_kafka_ListConsumerGroupOffsets_result_groups(
        rd_kafka_event_ListConsumerGroupOffsets_result(event.get()), &count);
    RETURN_IF_ERROR(group_error(groups, count));
    const auto* partitions = rd_kafka_group_result_partitions(groups[0]);
    for (int i = 0; partitions != nullptr && i < partitions->cnt; ++i) {
      place_of(places, partitions->elems[i]).committed = partitions->elems[i].offset;
    }
    return OkStatus();
  }

  Status add_members(const std::string& group, Places& places) {
    const char* name = group.c_str();
    rd_kafka_DescribeConsumerGroups(handle_.get(), &name, 1, nullptr, queue_.get());
    ASSIGN_OR_RETURN(EventPtr event, wait_for_answer(queue_.get()));
    size_t count = 0;
    const auto** groups = rd_kafka_DescribeConsumerGroups_result_groups(
        rd_kafka_event_DescribeConsumerGroups_result(event.get()), &count);
    if (count != 1) return internal_error("{} groups were described, not one", count);
    size_t members = rd_kafka_ConsumerGroupDescription_member_count(groups[0]);
    for (size_t m = 0; m < members; ++m) {
      const auto* member = rd_kafka_ConsumerGroupDescription_member(groups[0], m);
      const auto* partitions =
          rd_kafka_MemberAssignment_partitions(rd_kafka_MemberDescription_assignment(member));
      for (int i = 0; partitions != nullptr && i < partitions->cnt; ++i) {
        place_of(places, partitions->elems[i]).member =
            rd_kafka_MemberDescription_client_id(member);
      }
    }
    return OkStatus();
  }

  // The error of the one group that an operation was about, or of one of its partitions.
  static Status group_error(const rd_kafka_group_result_t** groups, size_t count) {
    if (count != 1) return internal_error("an answer for {} groups, not for one", count);
    const rd_kafka_error_t* error = rd_kafka_group_result_error(groups[0]);
    if (error != nullptr) {
      return status_of(rd_kafka_error_code(error), rd_kafka_error_string(error));
    }
    const auto* partitions = rd_kafka_group_result_partitions(groups[0]);
    return partitions == nullptr ? OkStatus() : first_error(*partitions);
  }

  HandlePtr handle_;
  QueuePtr queue_;
};

}  // namespace

StatusOr<std::unique_ptr<GroupAdmin>> GroupAdmin::open(const std::string& bootstrap) {
  ASSIGN_OR_RETURN(HandlePtr handle,
                   make_client(RD_KAFKA_PRODUCER, {{"bootstrap.servers", bootstrap}}));
  return std::make_unique<LibrdkafkaGroups>(std::move(handle));
}

}  // namespace kappa::app
