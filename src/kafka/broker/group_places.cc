#include "kafka/broker/group_places.h"

#include "kafka/groups/group_coordinator.h"

namespace kappa::kafka {

std::vector<CommittedPlace> committed_places(const Broker& broker) {
  std::vector<CommittedPlace> places;
  broker.groups().look_at_all([&](const Group& group) {
    const CommittedPlace blank{.group = group.id(),
                               .state = std::string(name_of(group.state())),
                               .member_count = static_cast<int64_t>(group.roster().size())};
    if (group.offsets().empty()) places.push_back(blank);
    group.offsets().for_each([&](const TopicPartition& place, const CommittedOffset& committed) {
      CommittedPlace& known = places.emplace_back(blank);
      known.topic = place.topic;
      known.partition = place.partition;
      known.offset = committed.offset;
    });
  });
  return places;
}

}  // namespace kappa::kafka
