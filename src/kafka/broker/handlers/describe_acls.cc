// DescribeAcls: there are no access lists.

#include "kafka/broker/handlers.h"
#include "kafka/broker/refusal.h"

namespace kappa::kafka {

DescribeAclsResponse handle(Broker&, const Call&, const DescribeAclsRequest&) {
  DescribeAclsResponse response;
  refuse(response, access_lists_are_disabled());
  return response;
}

}  // namespace kappa::kafka
