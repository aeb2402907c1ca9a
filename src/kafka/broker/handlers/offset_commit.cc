// OffsetCommit: each partition is checked for itself; what passes is one batch in the log, and the
// answer comes when it is durable.

#include "kafka/broker/handlers.h"
#include "kafka/broker/topics.h"
#include "kafka/groups/group_coordinator.h"
#include "kafka/protocol/errors.h"

namespace kappa::kafka {
namespace {

constexpr int16_t kFirstVersionWithIds = 10;
constexpr int16_t kFirstVersionWithGroupNotFound = 9;

class PendingCommit {
 public:
  PendingCommit(std::shared_ptr<Call> call, const OffsetCommitRequest& request)
      : call_(std::move(call)) {
    for (const auto& topic : request.topics) {
      auto& answer = response_.topics.emplace_back();
      answer.name = std::string(topic.name);
      answer.topic_id = topic.topic_id;
    }
  }

  // What may be committed; what may not gets its error.
  std::vector<OffsetToCommit> check(const Broker& broker, const OffsetCommitRequest& request) {
    std::vector<OffsetToCommit> offsets;
    for (size_t t = 0; t < request.topics.size(); ++t) {
      const auto& wanted = request.topics[t];
      bool by_id = call_->version() >= kFirstVersionWithIds;
      auto topic = find_topic(broker.log(), {wanted.name, wanted.topic_id, by_id});
      for (const auto& partition : wanted.partitions) {
        int16_t error = check_partition(broker, topic, partition);
        response_.topics[t].partitions.push_back({.index = partition.index, .error_code = error});
        if (error != error::kNone) continue;
        offsets.push_back({{topic.description.name, partition.index},
                           committed(broker, request.retention_time_ms, partition)});
      }
    }
    return offsets;
  }

  // The error is that of all partitions that had none.
  void answer(int16_t error) {
    set_where_no_error(response_.topics, error);
    call_->answer(response_);
  }

 private:
  using Partition = OffsetCommitRequest::Topic::Partition;

  static int16_t check_partition(const Broker& broker, const FoundTopic& topic,
                                 const Partition& partition) {
    auto found = find_partition(broker.log(), topic, partition.index);
    if (found.error != error::kNone) return found.error;
    size_t metadata_max = static_cast<size_t>(broker.options().groups.offset_metadata_bytes_max);
    bool is_large = partition.committed_metadata.value_or("").size() > metadata_max;
    return is_large ? error::kOffsetMetadataTooLarge : error::kNone;
  }

  static CommittedOffset committed(const Broker& broker, int64_t retention_ms,
                                   const Partition& partition) {
    int64_t now_ms = broker.env().wall_ms();
    CommittedOffset committed{.offset = partition.committed_offset,
                              .leader_epoch = partition.committed_leader_epoch,
                              .metadata = std::string(partition.committed_metadata.value_or("")),
                              .commit_ms = now_ms};
    if (retention_ms >= 0) committed.expires_ms = now_ms + retention_ms;
    return committed;
  }

  const std::shared_ptr<Call> call_;
  OffsetCommitResponse response_;
};

}  // namespace

void handle(Broker& broker, std::shared_ptr<Call> call, OffsetCommitRequest request) {
  int16_t unknown_group = call->version() >= kFirstVersionWithGroupNotFound
                              ? error::kGroupIdNotFound
                              : error::kIllegalGeneration;
  auto pending = std::make_shared<PendingCommit>(std::move(call), request);
  auto offsets = pending->check(broker, request);
  MemberClaim claim{.member_id = request.member_id,
                    .instance_id = request.group_instance_id,
                    .generation = request.generation_id_or_member_epoch};
  broker.groups().commit(request.group_id, claim, unknown_group, std::move(offsets),
                         [pending](int16_t error) { pending->answer(error); });
}

}  // namespace kappa::kafka
