#include "kafka/groups/consumer_roster.h"

#include "base/check.h"

namespace kappa::kafka {

size_t size_bytes_of(const ConsumerMember& member) {
  size_t size = sizeof(ConsumerMember) + 2 * member.id.size() + member.client_id.size() +
                member.client_host.size() + member.regex.size();
  for (const auto& topic : member.topics) size += sizeof topic + topic.size();
  if (!member.classic) return size;
  for (const auto& protocol : member.classic->protocols) {
    size += protocol.name.size() + protocol.metadata.size();
  }
  return size;
}

const ConsumerMember* ConsumerRoster::find(std::string_view id) const {
  auto it = members_.find(id);
  return it == members_.end() ? nullptr : &it->second;
}

const ConsumerMember* ConsumerRoster::find_static(std::string_view instance_id) const {
  auto it = static_ids_.find(instance_id);
  return it == static_ids_.end() ? nullptr : find(it->second);
}

const ConsumerMember& ConsumerRoster::put(ConsumerMember member) {
  remove(member.id);
  for (const auto* part : {&member.assigned, &member.revoking}) {
    for (const auto& partition : *part) {
      KAPPA_CHECK(owners_.emplace(partition, member.id).second);
    }
  }
  if (member.instance_id) static_ids_[*member.instance_id] = member.id;
  classic_count_ += member.classic.has_value();
  size_bytes_ += size_bytes_of(member);
  std::string id = member.id;
  return members_.emplace(std::move(id), std::move(member)).first->second;
}

void ConsumerRoster::remove(std::string_view id) {
  auto it = members_.find(id);
  if (it == members_.end()) return;
  take_from(it->second);
  members_.erase(it);
}

void ConsumerRoster::take_from(const ConsumerMember& member) {
  for (const auto* part : {&member.assigned, &member.revoking}) {
    for (const auto& partition : *part) owners_.erase(partition);
  }
  if (member.instance_id) {
    auto held = static_ids_.find(*member.instance_id);
    if (held != static_ids_.end() && held->second == member.id) static_ids_.erase(held);
  }
  classic_count_ -= member.classic.has_value();
  size_bytes_ -= size_bytes_of(member);
}

}  // namespace kappa::kafka
