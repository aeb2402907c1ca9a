#pragma once
// Conditions on a row_number() column that a top-N operator can serve: row_number() <= 3, = 1,
// BETWEEN 2 AND 5, and their like. Everything else stays a filter above it.

#include <vector>

#include "sql/planner/translation.h"

namespace kappa::sql {

// Narrows `bounds` by the condition and returns true when it says nothing else than that.
bool narrow_bounds(const flow::Expr& condition, size_t row_number_position,
                   RowNumberBounds& bounds);

}  // namespace kappa::sql
