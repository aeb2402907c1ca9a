// AlterClientQuotas: a quota would not be kept to, so none is taken. Removing one that is not there
// is done at once.

#include <algorithm>

#include "kafka/broker/handlers.h"
#include "kafka/broker/refusal.h"

namespace kappa::kafka {

AlterClientQuotasResponse handle(Broker&, const Call&, const AlterClientQuotasRequest& request) {
  AlterClientQuotasResponse response;
  for (const auto& wanted : request.entries) {
    auto& entry = response.entries.emplace_back();
    for (const auto& entity : wanted.entity) {
      std::optional<std::string> name;
      if (entity.entity_name) name = std::string(*entity.entity_name);
      entry.entity.push_back({std::string(entity.entity_type), std::move(name)});
    }
    const bool is_removal =
        std::all_of(wanted.ops.begin(), wanted.ops.end(), [](const auto& op) { return op.remove; });
    if (!is_removal) refuse(entry, {error::kUnsupportedVersion, "quotas are not supported"});
  }
  return response;
}

}  // namespace kappa::kafka
