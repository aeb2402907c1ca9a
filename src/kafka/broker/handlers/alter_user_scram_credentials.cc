// AlterUserScramCredentials: nobody logs in, so there is nothing to add or remove.

#include "kafka/broker/handlers.h"
#include "kafka/broker/refusal.h"

namespace kappa::kafka {

AlterUserScramCredentialsResponse handle(Broker&, const Call&,
                                         const AlterUserScramCredentialsRequest& request) {
  AlterUserScramCredentialsResponse response;
  for (const auto& deletion : request.deletions) {
    auto& result = response.results.emplace_back();
    result.user = std::string(deletion.name);
    refuse(result, {error::kResourceNotFound,
                    fmt::format("user '{}' has no SCRAM credentials", deletion.name)});
  }
  for (const auto& upsertion : request.upsertions) {
    auto& result = response.results.emplace_back();
    result.user = std::string(upsertion.name);
    refuse(result, {error::kUnsupportedSaslMechanism, "the server has no authentication yet"});
  }
  return response;
}

}  // namespace kappa::kafka
