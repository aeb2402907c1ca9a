// The range assignor.

#include <algorithm>
#include <tuple>

#include "kafka/groups/assignors.h"

namespace kappa::kafka {
namespace {

struct Subscriber {
  const std::string* id;
  const Assignee* assignee;
};

// Static members first, by the name that they keep when they restart.
std::vector<Subscriber> in_order(const AssignmentProblem& problem) {
  std::vector<Subscriber> subscribers;
  for (const auto& [id, assignee] : problem.members) subscribers.push_back({&id, &assignee});
  std::stable_sort(subscribers.begin(), subscribers.end(), [](const auto& a, const auto& b) {
    auto rank = [](const Subscriber& subscriber) {
      const auto& instance_id = subscriber.assignee->instance_id;
      return std::tuple(!instance_id.has_value(),
                        instance_id ? std::string_view(*instance_id) : std::string_view());
    };
    return rank(a) < rank(b);
  });
  return subscribers;
}

}  // namespace

TargetAssignment assign_range(const AssignmentProblem& problem) {
  TargetAssignment target;
  for (const auto& [id, assignee] : problem.members) target[id];
  std::vector<Subscriber> all = in_order(problem);
  for (const auto& [topic, partition_count] : problem.partition_counts) {
    std::vector<PartitionSet*> shares;
    for (const Subscriber& subscriber : all) {
      const auto& topics = subscriber.assignee->topics;
      if (std::binary_search(topics.begin(), topics.end(), topic)) {
        shares.push_back(&target[*subscriber.id]);
      }
    }
    if (shares.empty()) continue;
    auto member_count = static_cast<int32_t>(shares.size());
    int32_t next = 0;
    for (int32_t i = 0; i < member_count; ++i) {
      int32_t size = partition_count / member_count + (i < partition_count % member_count ? 1 : 0);
      for (int32_t end = next + size; next < end; ++next) {
        shares[static_cast<size_t>(i)]->push_back({topic, next});
      }
    }
  }
  return target;
}

}  // namespace kappa::kafka
