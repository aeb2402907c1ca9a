// DescribeCluster: a cluster of one.

#include "kafka/broker/authorized_operations.h"
#include "kafka/broker/handlers.h"
#include "kafka/protocol/errors.h"

namespace kappa::kafka {
namespace {

constexpr int8_t kBrokers = 1;
constexpr int8_t kControllers = 2;

}  // namespace

DescribeClusterResponse handle(Broker& broker, const Call& call,
                               const DescribeClusterRequest& request) {
  DescribeClusterResponse response;
  response.cluster_id = broker.options().cluster_id;
  response.endpoint_type = kBrokers;
  if (request.endpoint_type != kBrokers) {
    response.error_code = request.endpoint_type == kControllers ? error::kMismatchedEndpointType
                                                                : error::kUnsupportedEndpointType;
    response.error_message = "only brokers can be described here";
    return response;
  }
  Address address = broker.advertised(call.connection());
  response.controller_id = broker.options().node_id;
  response.brokers.push_back(
      {.broker_id = broker.options().node_id, .host = address.host, .port = address.port});
  if (request.include_cluster_authorized_operations) {
    response.cluster_authorized_operations = kClusterOperations;
  }
  return response;
}

}  // namespace kappa::kafka
