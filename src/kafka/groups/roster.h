#pragma once
// The members of one group: who they are, who leads, and which protocol all of them speak.
// A container without rules of time or state; confined to its group.

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "kafka/groups/member.h"

namespace kappa::kafka {

class Roster {
 public:
  using Members = std::map<std::string, Member, std::less<>>;

  const Members& members() const { return members_; }
  Members& members() { return members_; }  // to change members, not which there are
  bool empty() const { return members_.empty(); }
  size_t size() const { return members_.size(); }
  // Empty without members.
  const std::string& leader() const { return leader_; }

  // nullptr: no such member.
  Member* find(std::string_view id);
  const Member* find(std::string_view id) const;
  // The member id of a static member; empty: there is none of that name.
  std::string_view static_id(std::string_view instance_id) const;

  // The first one leads. Its id is not here yet.
  Member& add(Member member);
  // When the leader goes, another member leads.
  void remove(std::string_view id);
  // The member goes on under another id, as leader if it was.
  Member& rename(std::string_view old_id, const std::string& new_id);

  // The member exists.
  void set_leader(std::string_view id) { leader_ = id; }
  // Makes sure that the leader is one whose join waits; false when there is none.
  bool elect_joined_leader();
  bool have_all_joined() const;

  // Whether one of the request's protocols is spoken by every member.
  bool speaks_one_of(const JoinGroupRequest& request) const;
  // The protocol that all speak and most like best (on a tie: the first by name). Members exist.
  std::string select_protocol() const;

  int32_t rebalance_timeout_ms() const;  // the longest of all; 0 without members
  size_t size_bytes() const;

 private:
  bool is_spoken_by_all(std::string_view protocol) const;

  Members members_;
  std::map<std::string, std::string, std::less<>> static_ids_;  // instance id -> member id
  std::string leader_;
};

}  // namespace kappa::kafka
