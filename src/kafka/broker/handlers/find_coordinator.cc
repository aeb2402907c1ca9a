// FindCoordinator: the one broker coordinates every group and every transaction.

#include "kafka/broker/handlers.h"
#include "kafka/protocol/errors.h"

namespace kappa::kafka {
namespace {

constexpr int8_t kGroupKey = 0;
constexpr int8_t kTransactionKey = 1;
constexpr int16_t kFirstVersionWithManyKeys = 4;

using Coordinator = FindCoordinatorResponse::Coordinator;

Coordinator find(const Broker& broker, const Call& call, int8_t key_type, std::string_view key) {
  Coordinator found{.key = std::string(key), .node_id = -1, .port = -1};
  if (key_type != kGroupKey && key_type != kTransactionKey) {
    found.error_code = error::kInvalidRequest;
    found.error_message = "this type of coordinator is not known";
  } else {
    Address address = broker.advertised(call.connection());
    found.node_id = broker.options().node_id;
    found.host = address.host;
    found.port = address.port;
  }
  return found;
}

}  // namespace

FindCoordinatorResponse handle(Broker& broker, const Call& call,
                               const FindCoordinatorRequest& request) {
  FindCoordinatorResponse response;
  if (call.version() >= kFirstVersionWithManyKeys) {
    for (auto key : request.coordinator_keys) {
      response.coordinators.push_back(find(broker, call, request.key_type, key));
    }
    return response;
  }
  Coordinator found = find(broker, call, request.key_type, request.key);
  response.error_code = found.error_code;
  response.error_message = found.error_message;
  response.node_id = found.node_id;
  response.host = found.host;
  response.port = found.port;
  return response;
}

}  // namespace kappa::kafka
