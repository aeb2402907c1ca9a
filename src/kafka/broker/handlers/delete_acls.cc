// DeleteAcls: there are no access lists.

#include "kafka/broker/handlers.h"
#include "kafka/broker/refusal.h"

namespace kappa::kafka {

DeleteAclsResponse handle(Broker&, const Call&, const DeleteAclsRequest& request) {
  DeleteAclsResponse response;
  response.filter_results.resize(request.filters.size());
  for (auto& result : response.filter_results) refuse(result, access_lists_are_disabled());
  return response;
}

}  // namespace kappa::kafka
