// CreateAcls: there are no access lists.

#include "kafka/broker/handlers.h"
#include "kafka/broker/refusal.h"

namespace kappa::kafka {

CreateAclsResponse handle(Broker&, const Call&, const CreateAclsRequest& request) {
  CreateAclsResponse response;
  response.results.resize(request.creations.size());
  for (auto& result : response.results) refuse(result, access_lists_are_disabled());
  return response;
}

}  // namespace kappa::kafka
