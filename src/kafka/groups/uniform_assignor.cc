// The uniform assignor. Three passes: everybody keeps what it may keep, what is free goes to
// whoever has least, and then, topic by topic, partitions move from the fullest owner to the
// emptiest subscriber while the two differ by more than one. Each move lowers the sum of the
// squares of the loads, so the last pass ends; when it does, no single move would make the loads
// more even.

#include <algorithm>
#include <queue>
#include <set>
#include <utility>

#include "kafka/groups/assignors.h"

namespace kappa::kafka {
namespace {

using MemberIndex = size_t;
constexpr MemberIndex kNobody = static_cast<MemberIndex>(-1);

struct Topic {
  TopicId id;
  std::vector<MemberIndex> subscribers;
  std::vector<MemberIndex> owners;  // of each partition
};

class Balance {
 public:
  explicit Balance(const AssignmentProblem& problem) : loads_(problem.members.size()) {
    for (const auto& [id, partition_count] : problem.partition_counts) {
      topics_.push_back({id, {}, std::vector(static_cast<size_t>(partition_count), kNobody)});
    }
    MemberIndex member = 0;
    for (const auto& [id, assignee] : problem.members) {
      for (const TopicId& topic : assignee.topics) {
        if (Topic* found = find(topic)) found->subscribers.push_back(member);
      }
      ++member;
    }
  }

  void keep_current(const AssignmentProblem& problem) {
    MemberIndex member = 0;
    for (const auto& [id, assignee] : problem.members) {
      for (const PartitionId& partition : assignee.current) keep(member, assignee, partition);
      ++member;
    }
  }

  void hand_out_rest() {
    for (Topic& topic : topics_) {
      if (topic.subscribers.empty()) continue;
      using Candidate = std::pair<size_t, MemberIndex>;  // load, member
      std::priority_queue<Candidate, std::vector<Candidate>, std::greater<>> emptiest;
      for (MemberIndex member : topic.subscribers) emptiest.emplace(loads_[member], member);
      for (MemberIndex& owner : topic.owners) {
        if (owner != kNobody) continue;
        owner = emptiest.top().second;
        emptiest.pop();
        emptiest.emplace(++loads_[owner], owner);
      }
    }
  }

  // First only members that have more than a fair share give, so that nobody loses a partition and
  // gets another one in its place.
  void even_out() {
    size_t total = 0;
    for (size_t load : loads_) total += load;
    if (total == 0) return;
    size_t fair_share = total / loads_.size();
    size_t rest = total % loads_.size();
    for (size_t keeps : {fair_share + (rest == 0 ? 0 : 1), fair_share, size_t{0}}) {
      bool has_moved = true;
      while (has_moved) {
        has_moved = false;
        for (Topic& topic : topics_) has_moved |= even_out(topic, keeps);
      }
    }
  }

  TargetAssignment result(const AssignmentProblem& problem) const {
    TargetAssignment target;
    std::vector<PartitionSet*> shares;
    for (const auto& [id, assignee] : problem.members) shares.push_back(&target[id]);
    for (const Topic& topic : topics_) {
      for (size_t i = 0; i < topic.owners.size(); ++i) {
        if (topic.owners[i] == kNobody) continue;
        shares[topic.owners[i]]->push_back({topic.id, static_cast<int32_t>(i)});
      }
    }
    return target;
  }

 private:
  Topic* find(const TopicId& id) {
    auto it =
        std::lower_bound(topics_.begin(), topics_.end(), id,
                         [](const Topic& topic, const TopicId& key) { return topic.id < key; });
    return it == topics_.end() || it->id != id ? nullptr : &*it;
  }

  void keep(MemberIndex member, const Assignee& assignee, const PartitionId& partition) {
    Topic* topic = find(partition.topic);
    if (topic == nullptr || partition.index < 0) return;
    auto index = static_cast<size_t>(partition.index);
    bool may_keep =
        index < topic->owners.size() && topic->owners[index] == kNobody &&
        std::binary_search(assignee.topics.begin(), assignee.topics.end(), partition.topic);
    if (!may_keep) return;
    topic->owners[index] = member;
    ++loads_[member];
  }

  // From the fullest owner of a partition of the topic to its emptiest subscriber. Who has no more
  // than `keeps` gives none.
  bool even_out(Topic& topic, size_t keeps) {
    if (topic.subscribers.size() < 2 || topic.owners.empty()) return false;
    std::map<MemberIndex, std::vector<MemberIndex*>> owned;
    for (MemberIndex& owner : topic.owners) owned[owner].push_back(&owner);
    std::set<std::pair<size_t, MemberIndex>> owners;       // of a partition, by load
    std::set<std::pair<size_t, MemberIndex>> subscribers;  // all, by load
    for (const auto& [member, partitions] : owned) owners.emplace(loads_[member], member);
    for (MemberIndex member : topic.subscribers) subscribers.emplace(loads_[member], member);
    bool has_moved = false;
    while (owners.rbegin()->first > std::max(keeps, subscribers.begin()->first + 1)) {
      auto [full_load, full] = *owners.rbegin();
      auto [empty_load, empty] = *subscribers.begin();
      owners.erase({full_load, full});
      owners.erase({empty_load, empty});
      subscribers.erase({full_load, full});
      subscribers.erase({empty_load, empty});
      MemberIndex* partition = owned[full].back();
      owned[full].pop_back();
      owned[empty].push_back(partition);
      *partition = empty;
      subscribers.emplace(--loads_[full], full);
      subscribers.emplace(++loads_[empty], empty);
      if (!owned[full].empty()) owners.emplace(loads_[full], full);
      owners.emplace(loads_[empty], empty);
      has_moved = true;
    }
    return has_moved;
  }

  std::vector<Topic> topics_;  // ascending by id
  std::vector<size_t> loads_;  // partitions of each member
};

}  // namespace

TargetAssignment assign_uniform(const AssignmentProblem& problem) {
  Balance balance(problem);
  balance.keep_current(problem);
  balance.hand_out_rest();
  balance.even_out();
  return balance.result(problem);
}

Assignor find_assignor(std::string_view name) {
  if (name == kUniformAssignor) return assign_uniform;
  if (name == kRangeAssignor) return assign_range;
  return nullptr;
}

}  // namespace kappa::kafka
