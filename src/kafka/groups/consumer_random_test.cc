// Consumers of the newer protocol that come, go, crash, are slow, and lose requests and answers,
// against a server that is restarted now and then, over topics that come and go; all of it chosen
// by a seed. Whatever happens, no partition has two owners: as the consumers see it themselves,
// each by the last answer that it got. When the storm is over, everything is read by somebody.

#include <random>

#include "kafka/testing/consumer_group_test_base.h"

namespace kappa::kafka {
namespace {

constexpr int64_t kSessionMs = 45'000;
constexpr int32_t kLongRebalanceMs = 24 * 3'600'000;  // so that nobody is out for being slow

struct Process {
  Consumer consumer;
  int64_t heard_ms = -kSessionMs;  // when the server last heard of it
};

class ConsumerRandomTest : public ConsumerGroupTestBase,
                           public testing::WithParamInterface<uint64_t> {
 protected:
  static constexpr size_t kProcesses = 6;

  ConsumerRandomTest() : ConsumerGroupTestBase(quick(), GetParam()), random_(GetParam()) {
    make_topic("a", 3);
    for (size_t i = 0; i < kProcesses; ++i) processes_.emplace_back();
    for (size_t i = 0; i < kProcesses; ++i) start_process(i);
  }
  uint64_t below(uint64_t limit) { return random_() % limit; }
  int64_t now_ms() { return env_.monotonic_us() / 1000; }

  void start_process(size_t number) {
    Consumer consumer{.id = fmt::format("m{}", ++last_id_)};
    if (number % 3 == 0) consumer.instance_id = fmt::format("i{}", number);
    consumer.rebalance_timeout_ms = kLongRebalanceMs;
    choose_topics(consumer);
    processes_[number] = {.consumer = std::move(consumer)};
  }
  void choose_topics(Consumer& consumer) {
    consumer.topics.clear();
    consumer.regex.reset();
    for (const char* topic : {"a", "b", "c"}) {
      if (GetParam() % 2 == 0 || below(3) > 0) consumer.topics.push_back(topic);
    }
    if (below(5) == 0) consumer.regex = below(2) == 0 ? "[ab]" : "d.*";
    if (below(3) == 0) consumer.assignor = below(2) == 0 ? "range" : "uniform";
    consumer.says_all = true;
  }

  void act(Process& process) {
    uint64_t luck = is_calm_ ? 9 : below(10);
    if (luck == 0) return process.consumer.hear({});  // the request is lost
    Consumer& consumer = process.consumer;
    bool is_joining = consumer.epoch == 0;
    if (is_joining) consumer.owned.clear();
    int32_t epoch = consumer.epoch;
    Beaten beaten = beat(consumer.next());
    if (beaten.error == error::kNone) process.heard_ms = now_ms();
    if (luck == 1) return consumer.hear({});  // the answer is lost
    consumer.hear(beaten);
    if (beaten.error == error::kNone && !is_joining) {
      EXPECT_GE(consumer.epoch, epoch);
    }
    bool is_expected = beaten.error == error::kNone || beaten.error == error::kUnknownMemberId ||
                       beaten.error == error::kFencedMemberEpoch ||
                       (consumer.instance_id && beaten.error == error::kUnreleasedInstanceId);
    EXPECT_TRUE(is_expected) << beaten.error;
  }

  void disturb() {
    size_t number = below(kProcesses);
    Process& process = processes_[number];
    switch (below(12)) {
      case 0:  // crashes: another one starts in its place
        return start_process(number);
      case 1:
        leave(process.consumer, process.consumer.instance_id ? kAwayEpoch : kLeaveEpoch);
        return start_process(number);
      case 2:
        leave(process.consumer);
        return start_process(number);
      case 3:
        return restart(below(2) == 0 ? env::Loss::kTorn : env::Loss::kUnsynced);
      case 4:
        return change_topics();
      case 5:
        return choose_topics(process.consumer);
      case 6:
        return pass_ms(static_cast<int64_t>(below(60'000)));
      default:
        return pass_ms(static_cast<int64_t>(below(3'000)));
    }
  }

  void change_topics() {
    const char* names[] = {"a", "b", "c", "d1", "d2"};
    const char* name = names[below(5)];
    auto topic = log_->find_topic(name);
    if (topic.ok()) {
      KAPPA_CHECK_OK(log_->delete_topic(topic->id));
    } else {
      make_topic(name, static_cast<int32_t>(1 + below(5)));
    }
  }

  void check() {
    std::map<PartitionId, std::string> owners;
    for (const auto& process : processes_) {
      // Who has not been heard of for a session may have been given up on.
      if (now_ms() - process.heard_ms >= kSessionMs) continue;
      for (const auto& partition : process.consumer.owned) {
        auto [owner, is_first] = owners.emplace(partition, process.consumer.id);
        EXPECT_TRUE(is_first) << owner->second << " and " << process.consumer.id;
      }
    }
  }

  // All partitions of topics that somebody subscribes to.
  PartitionSet readable() {
    PartitionSet all;
    for (const auto& topic : log_->topics()) {
      bool is_read = std::any_of(processes_.begin(), processes_.end(), [&](const auto& process) {
        const auto& topics = process.consumer.topics;
        auto regex = TopicPattern::compile(process.consumer.regex.value_or("nothing"));
        return std::count(topics.begin(), topics.end(), topic.name) > 0 ||
               regex->matches(topic.name);
      });
      for (int32_t i = 0; is_read && i < topic.partition_count; ++i) all.push_back({topic.id, i});
    }
    return make_partition_set(all);
  }
  PartitionSet owned_by_all() {
    PartitionSet all;
    for (const auto& process : processes_) all = union_of(all, process.consumer.owned);
    return all;
  }

  std::mt19937_64 random_;
  bool is_calm_ = false;
  int last_id_ = 0;
  std::vector<Process> processes_;
};

TEST_P(ConsumerRandomTest, NoPartitionEverHasTwoOwnersAndAllAreReadInTheEnd) {
  for (int step = 0; step < 500 && !HasFailure(); ++step) {
    act(processes_[below(kProcesses)]);
    if (below(4) == 0) disturb();
    check();
  }
  is_calm_ = true;
  // Long enough for sessions of those who are gone to end.
  for (int second = 0; second < 120 && !HasFailure(); ++second) {
    for (auto& process : processes_) act(process);
    pass_ms(1'000);
    check();
  }
  EXPECT_EQ(state_of(), "Stable");
  EXPECT_EQ(described().members.size(), kProcesses);
  EXPECT_EQ(owned_by_all(), readable());
}

INSTANTIATE_TEST_SUITE_P(Seeds, ConsumerRandomTest, testing::Range<uint64_t>(1, 101));

}  // namespace
}  // namespace kappa::kafka
