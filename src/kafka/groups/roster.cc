#include "kafka/groups/roster.h"

#include <algorithm>

#include "base/check.h"

namespace kappa::kafka {

Member* Roster::find(std::string_view id) {
  auto it = members_.find(id);
  return it == members_.end() ? nullptr : &it->second;
}

const Member* Roster::find(std::string_view id) const {
  auto it = members_.find(id);
  return it == members_.end() ? nullptr : &it->second;
}

std::string_view Roster::static_id(std::string_view instance_id) const {
  auto it = static_ids_.find(instance_id);
  return it == static_ids_.end() ? std::string_view() : it->second;
}

Member& Roster::add(Member member) {
  if (member.instance_id) static_ids_[*member.instance_id] = member.id;
  if (members_.empty()) leader_ = member.id;
  std::string id = member.id;
  return members_.insert_or_assign(std::move(id), std::move(member)).first->second;
}

void Roster::remove(std::string_view id) {
  auto it = members_.find(id);
  if (it == members_.end()) return;
  if (it->second.instance_id) static_ids_.erase(*it->second.instance_id);
  bool was_leader = it->first == leader_;
  members_.erase(it);
  if (was_leader) leader_ = members_.empty() ? std::string() : members_.begin()->first;
}

Member& Roster::rename(std::string_view old_id, const std::string& new_id) {
  auto node = members_.extract(members_.find(old_id));
  if (leader_ == node.key()) leader_ = new_id;
  node.key() = new_id;
  node.mapped().id = new_id;
  if (node.mapped().instance_id) static_ids_[*node.mapped().instance_id] = new_id;
  return members_.insert(std::move(node)).position->second;
}

bool Roster::elect_joined_leader() {
  if (const Member* leader = find(leader_); leader != nullptr && leader->join) return true;
  for (const auto& [id, member] : members_) {
    if (!member.join) continue;
    leader_ = id;
    return true;
  }
  return false;
}

bool Roster::have_all_joined() const {
  return std::all_of(members_.begin(), members_.end(),
                     [](const auto& entry) { return bool(entry.second.join); });
}

bool Roster::is_spoken_by_all(std::string_view protocol) const {
  return std::all_of(members_.begin(), members_.end(), [&](const auto& entry) {
    return entry.second.metadata_of(protocol) != nullptr;
  });
}

bool Roster::speaks_one_of(const JoinGroupRequest& request) const {
  return std::any_of(request.protocols.begin(), request.protocols.end(),
                     [&](const auto& protocol) { return is_spoken_by_all(protocol.name); });
}

std::string Roster::select_protocol() const {
  std::map<std::string_view, int> votes;
  for (const auto& protocol : members_.begin()->second.protocols) {
    if (is_spoken_by_all(protocol.name)) votes[protocol.name] = 0;
  }
  KAPPA_CHECK(!votes.empty());  // join refuses whoever has no protocol in common
  for (const auto& [id, member] : members_) {
    for (const auto& protocol : member.protocols) {
      auto candidate = votes.find(protocol.name);
      if (candidate == votes.end()) continue;
      ++candidate->second;
      break;
    }
  }
  auto best = std::max_element(votes.begin(), votes.end(),
                               [](const auto& a, const auto& b) { return a.second < b.second; });
  return std::string(best->first);
}

int32_t Roster::rebalance_timeout_ms() const {
  int32_t longest = 0;
  for (const auto& [id, member] : members_) {
    longest = std::max(longest, member.rebalance_timeout_ms);
  }
  return longest;
}

size_t Roster::size_bytes() const {
  size_t size = 0;
  for (const auto& [id, member] : members_) size += member.size_bytes();
  return size;
}

}  // namespace kappa::kafka
