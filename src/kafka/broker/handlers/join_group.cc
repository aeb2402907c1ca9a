// JoinGroup: answered by the group, often much later.

#include "kafka/broker/handlers.h"
#include "kafka/groups/group_coordinator.h"

namespace kappa::kafka {
namespace {

constexpr int16_t kFirstVersionWithNullProtocol = 7;

// "/10.0.0.1", the form in which Kafka's tools show it.
std::string host_of(const net::Connection& connection) {
  std::string peer = connection.peer();
  return "/" + peer.substr(0, peer.rfind(':'));
}

}  // namespace

JoiningClient joining_client(const Call& call) {
  return {.client_id = std::string(call.header().client_id),
          .client_host = host_of(call.connection()),
          .version = call.version()};
}

void handle(Broker& broker, std::shared_ptr<Call> call, JoinGroupRequest request) {
  JoiningClient client = joining_client(*call);
  auto answer = [call](const JoinGroupResponse& response) {
    if (response.protocol_name || call->version() >= kFirstVersionWithNullProtocol) {
      return call->answer(response);
    }
    JoinGroupResponse named = response;
    named.protocol_name = "";
    call->answer(named);
  };
  broker.groups().join(request, client, std::move(answer));
}

}  // namespace kappa::kafka
