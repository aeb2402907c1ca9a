// Of KIP-848's protocol: the server assigns; what it takes away is given up at once, and said with
// the next heartbeat.

#include "kafka/groups/consumer_heartbeat_check.h"
#include "kafka/groups/partition_set.h"
#include "kafka/protocol/errors.h"
#include "kafka/protocol/messages/consumer_group_heartbeat.h"
#include "kafka/testing/simulation/membership.h"

namespace kappa::kafka::simulation {
namespace {

constexpr int64_t kHeartbeatMs = 500;
constexpr int32_t kRebalanceMs = 4'000;

class NewerMembership : public Membership {
 public:
  NewerMembership(Site& site, Client& client, std::string group, const SimulatedTopic& topic)
      : Membership(site, client, std::move(group), topic) {
    member_id_ = fmt::format("{}-{:016x}", client.name(), site.world.below(UINT64_MAX));
    generation_ = kJoinEpoch;
  }

  Task<> step() override {
    const bool is_time = site_.world.now_ms() - heard_ms_ >= kHeartbeatMs;
    if (!is_time && !says_all_ && !has_moved_) co_return;
    ConsumerGroupHeartbeatRequest request = next();
    auto answer = co_await client_.call<ConsumerGroupHeartbeatApi>(1, request);
    if (!answer) {
      says_all_ = true;
      co_return;
    }
    heard_ms_ = site_.world.now_ms();
    take(*answer);
  }

 private:
  ConsumerGroupHeartbeatRequest next() const {
    ConsumerGroupHeartbeatRequest request{
        .group_id = group_, .member_id = member_id_, .member_epoch = generation_};
    if (says_all_) {
      request.subscribed_topic_names.emplace().push_back(topic_.name);
      request.rebalance_timeout_ms = kRebalanceMs;
    }
    if (says_all_ || has_moved_) {
      using Topic = ConsumerGroupHeartbeatRequest::TopicPartitions;
      request.topic_partitions = topics_of<Topic>(owned_);
    }
    return request;
  }

  void take(const ConsumerGroupHeartbeatResponse& answer) {
    const int16_t error = answer.error_code;
    if (error == error::kFencedMemberEpoch || error == error::kUnknownMemberId) {
      generation_ = kJoinEpoch;
      own({});
    }
    says_all_ = error != error::kNone;
    if (says_all_) site_.world.tell("{}: heartbeat: {}", client_.name(), error);
    if (error != error::kNone) return;
    generation_ = answer.member_epoch;
    has_moved_ = false;
    if (!answer.assignment) return;
    const PartitionSet assignment = partitions_in(answer.assignment->topic_partitions);
    has_moved_ = assignment != owned_;
    own(assignment);
  }

  void own(PartitionSet owned) {
    owned_ = std::move(owned);
    assigned_.clear();
    for (const auto& id : owned_) assigned_.insert(place_in(topic_, id.index));
  }

  PartitionSet owned_;
  bool says_all_ = true;    // has missed an answer, or joins
  bool has_moved_ = false;  // owns something else than it has said
};

}  // namespace

std::unique_ptr<Membership> make_newer_membership(Site& site, Client& client, std::string group,
                                                  const SimulatedTopic& topic) {
  return std::make_unique<NewerMembership>(site, client, std::move(group), topic);
}

}  // namespace kappa::kafka::simulation
