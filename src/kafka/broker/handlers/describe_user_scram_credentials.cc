// DescribeUserScramCredentials: nobody has any.

#include "kafka/broker/handlers.h"
#include "kafka/broker/refusal.h"

namespace kappa::kafka {

DescribeUserScramCredentialsResponse handle(Broker&, const Call&,
                                            const DescribeUserScramCredentialsRequest& request) {
  DescribeUserScramCredentialsResponse response;
  if (!request.users) return response;
  for (const auto& user : *request.users) {
    auto& result = response.results.emplace_back();
    result.user = std::string(user.name);
    refuse(result, {error::kResourceNotFound,
                    fmt::format("user '{}' has no SCRAM credentials", user.name)});
  }
  return response;
}

}  // namespace kappa::kafka
