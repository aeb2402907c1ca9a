// ApiVersions: what the broker speaks.

#include <algorithm>

#include "kafka/broker/api_table.h"
#include "kafka/broker/handlers.h"
#include "kafka/protocol/errors.h"

namespace kappa::kafka {
namespace {

// KIP-511: letters, digits, '-' and '.', beginning and ending with a letter or digit.
bool is_software_name(std::string_view name) {
  auto is_alphanumeric = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
  };
  auto is_allowed = [&](char c) { return is_alphanumeric(c) || c == '-' || c == '.'; };
  return !name.empty() && is_alphanumeric(name.front()) && is_alphanumeric(name.back()) &&
         std::all_of(name.begin(), name.end(), is_allowed);
}

// What is in force: clients that know these features use them. Versions before 4 of the answer
// cannot tell of a feature that may be off (version 0), and leave it out (KAFKA-17011).
struct Feature {
  const char* name;
  int16_t level;
};
constexpr Feature kFeatures[] = {
    {"group.version", 1},        // KIP-848
    {"transaction.version", 2},  // KIP-890: a transaction begins by writing, with its own epoch
};
constexpr int64_t kFeaturesEpoch = 1;
constexpr int16_t kFirstVersionWithFeaturesThatMayBeOff = 4;

void add_features(int16_t version, ApiVersionsResponse& response) {
  response.finalized_features_epoch = kFeaturesEpoch;
  for (const auto& feature : kFeatures) {
    response.finalized_features.push_back({.name = feature.name,
                                           .max_version_level = feature.level,
                                           .min_version_level = feature.level});
    if (version < kFirstVersionWithFeaturesThatMayBeOff) continue;
    response.supported_features.push_back(
        {.name = feature.name, .min_version = 0, .max_version = feature.level});
  }
}

}  // namespace

ApiVersionsResponse api_versions(int16_t error_code, int16_t version) {
  ApiVersionsResponse response;
  response.error_code = error_code;
  for (const auto& api : api_table()) {
    response.api_keys.push_back({.api_key = api.info->api_key,
                                 .min_version = api.advertised_first,
                                 .max_version = api.info->versions.last});
  }
  auto by_key = [](const auto& a, const auto& b) { return a.api_key < b.api_key; };
  std::sort(response.api_keys.begin(), response.api_keys.end(), by_key);
  add_features(version, response);
  return response;
}

ApiVersionsResponse handle(Broker&, const Call& call, const ApiVersionsRequest& request) {
  bool is_named = call.version() >= 3;
  if (is_named && (!is_software_name(request.client_software_name) ||
                   !is_software_name(request.client_software_version))) {
    ApiVersionsResponse response;
    response.error_code = error::kInvalidRequest;
    return response;
  }
  return api_versions(error::kNone, call.version());
}

}  // namespace kappa::kafka
