#pragma once
// Groups of the newer protocol under a virtual clock: a consumer that behaves as clients do, and
// the heartbeats of one that does not.

#include <fmt/format.h>

#include "kafka/groups/consumer_heartbeat_check.h"
#include "kafka/testing/group_test_base.h"

namespace kappa::kafka {

// A heartbeat as the test wants it. Without values: not said.
struct Beat {
  std::string member_id = "m";
  int32_t epoch = 0;
  std::optional<std::string> instance_id;
  std::optional<std::vector<std::string>> topics;
  std::optional<std::string> regex;
  std::optional<PartitionSet> owned;
  std::optional<std::string> assignor;
  int32_t rebalance_timeout_ms = -1;
  int16_t version = 1;
  std::string group = "g";
};

struct Beaten {
  bool is_answered = false;
  int16_t error = 0;
  std::string member_id;
  int32_t epoch = 0;
  std::optional<PartitionSet> assignment;
  int32_t heartbeat_interval_ms = 0;
};

// A consumer: says what has changed, gives up at once what it is told to, begins again when it is
// fenced.
struct Consumer {
  std::string id;
  std::vector<std::string> topics = {"t"};
  std::optional<std::string> instance_id;
  std::optional<std::string> regex;
  std::optional<std::string> assignor;
  int32_t rebalance_timeout_ms = 60'000;

  int32_t epoch = 0;
  PartitionSet owned;
  int32_t heartbeat_interval_ms = 0;  // that it was told
  bool says_all = true;               // has missed an answer, or joins
  bool has_moved = false;             // owns something else than it has said

  Beat next() const {
    Beat beat{.member_id = id, .epoch = epoch, .instance_id = instance_id};
    if (says_all || epoch == 0) {
      beat.topics = topics;
      beat.regex = regex.value_or("");
      beat.assignor = assignor;
      beat.rebalance_timeout_ms = rebalance_timeout_ms;
    }
    if (says_all || has_moved || epoch == 0) beat.owned = owned;
    return beat;
  }
  void hear(const Beaten& beaten) {
    if (!beaten.is_answered) {
      says_all = true;
      return;
    }
    if (beaten.error == error::kFencedMemberEpoch || beaten.error == error::kUnknownMemberId) {
      epoch = 0;
      owned.clear();
      says_all = true;
    }
    if (beaten.error == error::kNotCoordinator) says_all = true;
    if (beaten.error != error::kNone) return;
    says_all = false;
    epoch = beaten.epoch;
    heartbeat_interval_ms = beaten.heartbeat_interval_ms;
    has_moved = beaten.assignment && *beaten.assignment != owned;
    if (beaten.assignment) owned = *beaten.assignment;
  }
};

class ConsumerGroupTestBase : public GroupTestBase {
 protected:
  explicit ConsumerGroupTestBase(GroupOptions options = quick(), uint64_t seed = 1)
      : GroupTestBase(options, seed) {}

  TopicId make_topic(const std::string& name, int32_t partition_count) {
    auto made = log_->create_topic(name, partition_count, {});
    KAPPA_CHECK_OK(made.status());
    return made->id;
  }
  PartitionSet partitions(const std::string& topic, const std::vector<int32_t>& indexes) {
    PartitionSet set;
    for (int32_t index : indexes) set.push_back({log_->find_topic(topic)->id, index});
    return set;
  }

  // The answer is there when it is durable.
  std::shared_ptr<Beaten> begin_beat(const Beat& beat) {
    ConsumerGroupHeartbeatRequest request;
    request.group_id = beat.group;
    request.member_id = beat.member_id;
    request.member_epoch = beat.epoch;
    if (beat.instance_id) request.instance_id = *beat.instance_id;
    if (beat.topics)
      request.subscribed_topic_names.emplace(beat.topics->begin(), beat.topics->end());
    if (beat.regex) request.subscribed_topic_regex = *beat.regex;
    if (beat.assignor) request.server_assignor = *beat.assignor;
    request.rebalance_timeout_ms = beat.rebalance_timeout_ms;
    if (beat.owned) {
      request.topic_partitions =
          topics_of<ConsumerGroupHeartbeatRequest::TopicPartitions>(*beat.owned);
    }
    auto beaten = std::make_shared<Beaten>();
    coordinator_->heartbeat(
        request, {.client_id = "client", .client_host = "/10.0.0.1", .version = beat.version},
        [beaten](const ConsumerGroupHeartbeatResponse& response) {
          EXPECT_FALSE(beaten->is_answered) << "answered twice";
          *beaten = {true,
                     response.error_code,
                     response.member_id.value_or(""),
                     response.member_epoch,
                     std::nullopt,
                     response.heartbeat_interval_ms};
          if (response.assignment) {
            beaten->assignment = partitions_in(response.assignment->topic_partitions);
          }
        });
    return beaten;
  }
  Beaten beat(const Beat& beat) {
    auto beaten = begin_beat(beat);
    env_.run_workers();
    return *beaten;
  }
  using GroupTestBase::leave;
  Beaten beat(Consumer& consumer) {
    Beaten beaten = beat(consumer.next());
    consumer.hear(beaten);
    return beaten;
  }
  int16_t leave(Consumer& consumer, int32_t epoch = kLeaveEpoch) {
    auto beaten =
        beat({.member_id = consumer.id, .epoch = epoch, .instance_id = consumer.instance_id});
    consumer.epoch = 0;
    consumer.owned.clear();
    return beaten.error;
  }
  // A heartbeat of each, as often as it takes for everything to find its place.
  void settle(std::vector<Consumer*> consumers) {
    for (size_t round = 0; round < 4; ++round) {
      for (Consumer* consumer : consumers) EXPECT_EQ(beat(*consumer).error, error::kNone);
    }
  }
  ConsumerGroupDescribeResponse::Group described(const std::string& group = "g") {
    ConsumerGroupDescribeResponse::Group found;
    coordinator_->look_at(group, [&](const Group& visited) {
      if (visited.consumer() != nullptr) found = visited.consumer()->describe();
    });
    return found;
  }
  std::string state_of(const std::string& group = "g") { return described(group).group_state; }
  std::string type_of(const std::string& group = "g") {
    std::string type = "none";
    coordinator_->look_at(group, [&](const Group& found) { type = found.type_name(); });
    return type;
  }
};

}  // namespace kappa::kafka
