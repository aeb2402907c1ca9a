// ListGroups, with filters by state (KIP-518) and type (KIP-848).

#include <algorithm>

#include "kafka/broker/handlers.h"
#include "kafka/groups/group_coordinator.h"

namespace kappa::kafka {
namespace {

bool equals_ignoring_case(std::string_view a, std::string_view b) {
  auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [lower](char x, char y) { return lower(x) == lower(y); });
}

// An empty filter lets everything pass.
bool passes(const std::vector<std::string_view>& filter, std::string_view value) {
  return filter.empty() || std::any_of(filter.begin(), filter.end(), [value](auto wanted) {
           return equals_ignoring_case(wanted, value);
         });
}

}  // namespace

ListGroupsResponse handle(Broker& broker, const Call&, const ListGroupsRequest& request) {
  ListGroupsResponse response;
  broker.groups().look_at_all([&](const Group& group) {
    bool is_wanted = passes(request.types_filter, group.type_name()) &&
                     passes(request.states_filter, group.state_name());
    if (!is_wanted) return;
    response.groups.push_back({.group_id = group.id(),
                               .protocol_type = std::string(group.protocol_type()),
                               .group_state = std::string(group.state_name()),
                               .group_type = std::string(group.type_name())});
  });
  return response;
}

}  // namespace kappa::kafka
