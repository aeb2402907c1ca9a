#pragma once
// A member of a group, as the coordinator keeps it. Plain data; Group has the rules.

#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "kafka/protocol/messages/join_group.h"
#include "kafka/protocol/messages/sync_group.h"

namespace kappa::kafka {

// Called once, under the group's lock; what the response points to lives for the call only.
using JoinCallback = std::function<void(const JoinGroupResponse&)>;
using SyncCallback = std::function<void(const SyncGroupResponse&)>;

// A moment that never comes.
inline constexpr int64_t kNoDeadline = std::numeric_limits<int64_t>::max();

// Who sends a request to join, and in which version.
struct JoiningClient {
  std::string client_id;
  std::string client_host;
  int16_t version = 0;
};

// Who claims to be a member. In groups of the newer protocol the generation is the member's epoch.
struct MemberClaim {
  std::string_view member_id;
  std::optional<std::string_view> instance_id;
  int32_t generation = -1;
};

// A way of assigning that a member can speak ("range"), and what it has to say for it.
struct AssignmentProtocol {
  std::string name;
  std::string metadata;

  friend bool operator==(const AssignmentProtocol&, const AssignmentProtocol&) = default;
};

struct Member {
  std::string id;
  std::optional<std::string> instance_id;  // a static member's
  std::string client_id;
  std::string client_host;
  int32_t session_timeout_ms = 0;
  int32_t rebalance_timeout_ms = 0;
  std::vector<AssignmentProtocol> protocols;  // the one it likes best first
  std::string assignment;

  // Has not been told its id yet: cannot send heartbeats, and may go while its join waits.
  bool is_new = false;
  int64_t deadline_ms = kNoDeadline;  // when it counts as failed
  JoinCallback join;                  // a JoinGroup that waits
  SyncCallback sync;                  // a SyncGroup that waits

  bool is_waiting() const { return join || sync; }
  // nullptr: it does not speak the protocol.
  const std::string* metadata_of(std::string_view protocol) const;
  size_t size_bytes() const;
};

std::vector<AssignmentProtocol> protocols_of(const JoinGroupRequest& request);

// A response that says only what is wrong.
JoinGroupResponse join_refusal(int16_t error, std::string_view member_id);
SyncGroupResponse sync_refusal(int16_t error);

}  // namespace kappa::kafka
