#pragma once
// DuckDB gives a parameter the type that its place asks for; where the place leaves it open
// (`SELECT $1 + 1`), what the client declared counts. So $1 is written as ($1::BIGINT).

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "data/delta.h"

namespace kappa::serve::postgres {

struct TypedQuery {
  std::string text;
  // Characters that were inserted: where in `text`, and how many.
  std::vector<std::pair<int, int>> insertions;

  // The position in the client's text of a position in `text`.
  int original_position(int position) const;
};

// Parameters of the types UNKNOWN and VARCHAR stay as they are: their place says more.
TypedQuery cast_parameters(std::string_view query, const data::Types& types);

}  // namespace kappa::serve::postgres
