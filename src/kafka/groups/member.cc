#include "kafka/groups/member.h"

namespace kappa::kafka {

const std::string* Member::metadata_of(std::string_view protocol) const {
  for (const auto& known : protocols) {
    if (known.name == protocol) return &known.metadata;
  }
  return nullptr;
}

size_t Member::size_bytes() const {
  size_t size = sizeof(Member) + id.size() + client_id.size() + assignment.size();
  for (const auto& protocol : protocols) size += protocol.name.size() + protocol.metadata.size();
  return size;
}

std::vector<AssignmentProtocol> protocols_of(const JoinGroupRequest& request) {
  std::vector<AssignmentProtocol> protocols;
  protocols.reserve(request.protocols.size());
  for (const auto& protocol : request.protocols) {
    protocols.push_back({std::string(protocol.name), std::string(protocol.metadata.data)});
  }
  return protocols;
}

JoinGroupResponse join_refusal(int16_t error, std::string_view member_id) {
  JoinGroupResponse response;
  response.error_code = error;
  response.member_id = std::string(member_id);
  return response;
}

SyncGroupResponse sync_refusal(int16_t error) {
  SyncGroupResponse response;
  response.error_code = error;
  return response;
}

}  // namespace kappa::kafka
