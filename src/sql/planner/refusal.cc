#include "sql/planner/refusal.h"

#include <duckdb/common/query_location.hpp>

#include <utility>

#include "sql/duckdb_error.h"
#include "sql/error.h"

namespace kappa::sql {

int QueryText::position(const duckdb::QueryLocation& location) const {
  return location.IsValid() ? character_at(text_, location.offset) : 0;
}

Status refuse(std::string message, std::string hint, int position) {
  SqlError error;
  error.sqlstate = "0A000";
  error.message = std::move(message);
  error.hint = std::move(hint);
  error.position = position;
  return make_error(std::move(error));
}

}  // namespace kappa::sql
