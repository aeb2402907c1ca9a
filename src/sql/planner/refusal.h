#pragma once
// What a view cannot do, said so that its author can help himself: the thing's name, what to write
// instead, and where it stands in the text.

#include <string>
#include <string_view>

#include "base/status.h"

namespace duckdb {
struct QueryLocation;
}

namespace kappa::sql {

// The query's text, to turn DuckDB's byte offsets into positions.
class QueryText {
 public:
  explicit QueryText(std::string_view text) : text_(text) {}
  std::string_view text() const { return text_; }
  // 1-based character; 0: unknown.
  int position(const duckdb::QueryLocation& location) const;

 private:
  std::string_view text_;
};

// SQLSTATE 0A000. `message` starts with the name of what is refused.
Status refuse(std::string message, std::string hint = "", int position = 0);

}  // namespace kappa::sql
