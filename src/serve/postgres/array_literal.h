#pragma once
// PostgreSQL's notation of one-dimensional arrays: {1,NULL,"a \"b\""}.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"

namespace kappa::serve::postgres {

// The elements' texts; nullopt for NULL. Errors: 22P02; 0A000 for more than one dimension.
StatusOr<std::vector<std::optional<std::string>>> parse_array_literal(std::string_view text);

}  // namespace kappa::serve::postgres
