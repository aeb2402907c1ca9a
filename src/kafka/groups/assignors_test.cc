#include "kafka/groups/assignors.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

namespace kappa::kafka {
namespace {

TopicId topic(uint8_t number) {
  TopicId id;
  id.bytes[15] = number;
  return id;
}

PartitionSet partitions(uint8_t number, std::vector<int32_t> indexes) {
  PartitionSet set;
  for (int32_t index : indexes) set.push_back({topic(number), index});
  return set;
}

Assignee subscriber(std::vector<uint8_t> numbers, PartitionSet current = {}) {
  Assignee assignee;
  for (uint8_t number : numbers) assignee.topics.push_back(topic(number));
  assignee.current = std::move(current);
  return assignee;
}

TEST(UniformAssignorTest, GivesEverybodyTheSameNumberOfPartitions) {
  AssignmentProblem problem{{{topic(1), 3}, {topic(2), 2}},
                            {{"a", subscriber({1, 2})}, {"b", subscriber({1, 2})}}};
  auto target = assign_uniform(problem);
  EXPECT_EQ(target["a"].size(), 3u);
  EXPECT_EQ(target["b"].size(), 2u);
}

TEST(UniformAssignorTest, MovesNoMoreThanANewMemberNeeds) {
  AssignmentProblem problem{{{topic(1), 6}},
                            {{"a", subscriber({1}, partitions(1, {0, 2, 4}))},
                             {"b", subscriber({1}, partitions(1, {1, 3, 5}))},
                             {"c", subscriber({1})}}};
  auto target = assign_uniform(problem);
  EXPECT_EQ(target["a"].size(), 2u);
  EXPECT_TRUE(contains_all(partitions(1, {0, 2, 4}), target["a"]));
  EXPECT_TRUE(contains_all(partitions(1, {1, 3, 5}), target["b"]));
  EXPECT_EQ(target["c"].size(), 2u);
}

TEST(UniformAssignorTest, WhoCannotReadATopicGetsMoreOfTheOthers) {
  AssignmentProblem problem{{{topic(1), 4}, {topic(2), 4}},
                            {{"both", subscriber({1, 2})}, {"one", subscriber({1})}}};
  auto target = assign_uniform(problem);
  EXPECT_EQ(target["one"], partitions(1, {0, 1, 2, 3}));
  EXPECT_EQ(target["both"], partitions(2, {0, 1, 2, 3}));
}

TEST(UniformAssignorTest, WhatIsGoneOrNotSubscribedToAnyMoreIsNotKept) {
  AssignmentProblem problem{
      {{topic(1), 2}},
      {{"a", subscriber({1}, union_of(partitions(1, {1, 7}), partitions(9, {0})))},
       {"b", subscriber({}, partitions(1, {0}))}}};
  auto target = assign_uniform(problem);
  EXPECT_EQ(target["a"], partitions(1, {0, 1}));
  EXPECT_TRUE(target["b"].empty());
}

TEST(RangeAssignorTest, TheSamePartOfEachTopicGoesToTheSameMember) {
  AssignmentProblem problem{{{topic(1), 5}, {topic(2), 5}},
                            {{"a", subscriber({1, 2})}, {"b", subscriber({1, 2})}}};
  auto target = assign_range(problem);
  EXPECT_EQ(target["a"], union_of(partitions(1, {0, 1, 2}), partitions(2, {0, 1, 2})));
  EXPECT_EQ(target["b"], union_of(partitions(1, {3, 4}), partitions(2, {3, 4})));
}

TEST(RangeAssignorTest, StaticMembersComeFirstByTheirInstance) {
  Assignee first = subscriber({1}), second = subscriber({1});
  first.instance_id = "1";
  second.instance_id = "2";
  AssignmentProblem problem{{{topic(1), 3}}, {{"a", subscriber({1})}, {"y", first}, {"x", second}}};
  auto target = assign_range(problem);
  EXPECT_EQ(target["y"], partitions(1, {0}));
  EXPECT_EQ(target["x"], partitions(1, {1}));
  EXPECT_EQ(target["a"], partitions(1, {2}));
}

TEST(AssignorsTest, AreFoundByName) {
  EXPECT_EQ(find_assignor("uniform"), assign_uniform);
  EXPECT_EQ(find_assignor("range"), assign_range);
  EXPECT_EQ(find_assignor("sticky"), nullptr);
}

// Groups that grow, shrink and change their minds, each assignment the next one's start.
class RandomAssignment : public testing::TestWithParam<uint64_t> {
 protected:
  RandomAssignment() : random_(GetParam()) {}
  uint64_t below(uint64_t limit) { return random_() % limit; }

  std::vector<TopicId> any_topics() {
    std::vector<TopicId> topics;
    for (uint8_t number = 1; number <= 5; ++number) {
      if (is_alike_ || below(2) == 0) topics.push_back(topic(number));
    }
    return topics;
  }
  void change() {
    std::string id = std::string("m") + std::to_string(below(8));
    if (below(3) == 0) {
      problem_.members.erase(id);
    } else {
      problem_.members[id].topics = any_topics();
    }
    TopicId changed = topic(static_cast<uint8_t>(1 + below(5)));
    if (below(4) == 0) problem_.partition_counts.erase(changed);
    if (below(4) == 0) problem_.partition_counts[changed] += static_cast<int32_t>(below(7));
  }
  bool subscribes(const std::string& id, const TopicId& to) {
    const auto& topics = problem_.members.at(id).topics;
    return std::binary_search(topics.begin(), topics.end(), to);
  }
  void check_complete(const TargetAssignment& target) {
    std::map<PartitionId, int> owners;
    for (const auto& [id, set] : target) {
      EXPECT_TRUE(std::is_sorted(set.begin(), set.end()));
      for (const auto& partition : set) {
        ++owners[partition];
        EXPECT_TRUE(subscribes(id, partition.topic));
      }
    }
    size_t expected = 0;
    for (const auto& [id, count] : problem_.partition_counts) {
      bool is_read = std::any_of(problem_.members.begin(), problem_.members.end(),
                                 [&](const auto& entry) { return subscribes(entry.first, id); });
      if (is_read) expected += static_cast<size_t>(count);
    }
    EXPECT_EQ(owners.size(), expected);
    for (const auto& [partition, count] : owners) EXPECT_EQ(count, 1);
    EXPECT_EQ(target.size(), problem_.members.size());
  }
  // No partition would be better off with another of its subscribers.
  void check_balanced(const TargetAssignment& target) {
    for (const auto& [id, set] : target) {
      for (const auto& partition : set) {
        for (const auto& [other, others] : target) {
          if (subscribes(other, partition.topic)) {
            EXPECT_LE(set.size(), others.size() + 1) << id << " and " << other;
          }
        }
      }
    }
  }
  // When all read the same, nothing moves but what is above a fair share.
  void check_sticky(const TargetAssignment& target) {
    size_t total = 0;
    for (const auto& [id, set] : target) total += set.size();
    for (const auto& [id, assignee] : problem_.members) {
      PartitionSet possible;
      for (const auto& partition : assignee.current) {
        auto count = problem_.partition_counts.find(partition.topic);
        bool exists = count != problem_.partition_counts.end() && partition.index < count->second;
        if (exists && subscribes(id, partition.topic)) possible.push_back(partition);
      }
      size_t kept = intersection_of(possible, target.at(id)).size();
      EXPECT_GE(kept, std::min(possible.size(), total / target.size())) << id;
    }
  }
  void accept(const TargetAssignment& target) {
    for (const auto& [id, set] : target) problem_.members[id].current = set;
  }

  std::mt19937_64 random_;
  const bool is_alike_ = GetParam() % 2 == 0;
  AssignmentProblem problem_;
};

TEST_P(RandomAssignment, UniformIsCompleteBalancedAndSticky) {
  for (int step = 0; step < 100 && !HasFailure(); ++step) {
    change();
    auto target = assign_uniform(problem_);
    check_complete(target);
    check_balanced(target);
    if (is_alike_ && !target.empty()) check_sticky(target);
    accept(target);
    EXPECT_EQ(assign_uniform(problem_), target) << "what is balanced stays";
  }
}

TEST_P(RandomAssignment, RangeIsCompleteAndKeepsPartsTogether) {
  for (int step = 0; step < 100 && !HasFailure(); ++step) {
    change();
    auto target = assign_range(problem_);
    check_complete(target);
    if (!is_alike_) continue;
    // Topics of the same size are divided alike.
    for (const auto& [id, set] : target) {
      for (const auto& partition : set) {
        for (const auto& [other, count] : problem_.partition_counts) {
          if (count != problem_.partition_counts[partition.topic]) continue;
          EXPECT_TRUE(contains(set, {other, partition.index}));
        }
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, RandomAssignment, testing::Range<uint64_t>(1, 41));

}  // namespace
}  // namespace kappa::kafka
