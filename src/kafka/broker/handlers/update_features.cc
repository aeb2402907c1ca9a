// UpdateFeatures: what this server can do comes with its version and is not switched.

#include "kafka/broker/handlers.h"
#include "kafka/broker/refusal.h"

namespace kappa::kafka {

UpdateFeaturesResponse handle(Broker&, const Call& call, const UpdateFeaturesRequest& request) {
  constexpr int16_t kFirstVersionWithoutResults = 2;
  UpdateFeaturesResponse response;
  for (const auto& update : request.updates) {
    const Refusal refusal{error::kInvalidUpdateVersion,
                          fmt::format("feature {} cannot be set to {}: features are not switched "
                                      "here, they come with the server's version",
                                      update.feature, update.max_version_level)};
    if (call.version() >= kFirstVersionWithoutResults) {
      refuse(response, refusal);
    } else {
      auto& result = response.results.emplace_back();
      result.feature = std::string(update.feature);
      refuse(result, refusal);
    }
  }
  return response;
}

}  // namespace kappa::kafka
