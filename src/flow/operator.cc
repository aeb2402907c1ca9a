#include "flow/operator.h"

namespace kappa::flow {

void save_trace(const Trace& trace, const std::string& name, StateParts& parts) {
  trace.save(parts[name]);
}

StatusOr<std::string_view> find_part(const StateParts& parts, const std::string& name) {
  auto it = parts.find(name);
  if (it == parts.end()) return data_loss("state part is missing: name={}", name);
  return std::string_view(it->second);
}

Status load_trace(const StateParts& parts, const std::string& name, Trace& trace) {
  ASSIGN_OR_RETURN(std::string_view bytes, find_part(parts, name));
  ASSIGN_OR_RETURN(trace, Trace::load(bytes));
  return OkStatus();
}

}  // namespace kappa::flow
