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

enum class CastTexts { kNo, kYes };

// Parameters of an unknown type stay as they are; and, with kNo, those of VARCHAR, since their
// place says more.
TypedQuery cast_parameters(std::string_view query, const data::Types& types,
                           CastTexts texts = CastTexts::kNo);

// Whether it begins as a statement that gives rows does: SELECT, WITH, VALUES, FROM, TABLE.
bool is_query(std::string_view statement);

}  // namespace kappa::serve::postgres
