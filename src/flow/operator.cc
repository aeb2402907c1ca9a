#include "flow/operator.h"

namespace kappa::flow {

void save_trace(const Trace& trace, const std::string& name, StateParts& parts) {
  parts[name] = trace.snapshot();
}

std::string& add_part(StateParts& parts, const std::string& name) {
  return parts[name].emplace<std::string>();
}

StatusOr<std::string_view> find_part(const StateParts& parts, const std::string& name) {
  auto it = parts.find(name);
  const auto* bytes = it == parts.end() ? nullptr : std::get_if<std::string>(&it->second);
  if (bytes == nullptr) return data_loss("state part is missing: name={}", name);
  return std::string_view(*bytes);
}

Status load_trace(const StateParts& parts, const std::string& name, Trace& trace) {
  auto it = parts.find(name);
  const auto* runs = it == parts.end() ? nullptr : std::get_if<TraceSnapshot>(&it->second);
  if (runs == nullptr) return data_loss("state part is missing: name={}", name);
  trace = Trace(*runs);
  return OkStatus();
}

}  // namespace kappa::flow
