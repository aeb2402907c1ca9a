#pragma once
// Rows of text, printed the way that --format asks: aligned for people, JSON or CSV for programs.

#include <optional>
#include <string>
#include <vector>

#include "base/status.h"

namespace kappa::app {

enum class Format { kTable, kJson, kCsv };

struct GridColumn {
  std::string name;
  bool is_number = false;  // aligned to the right; in JSON without quotes, digits as they came
  bool is_boolean = false;
  bool is_json = false;  // in JSON as it is
};

struct Grid {
  std::vector<GridColumn> columns;
  std::vector<std::vector<std::optional<std::string>>> rows;
};

// table: columns, a rule, rows, "(3 rows)". json: an array of objects on one line per row.
// csv: a line of names, then rows (RFC 4180); NULL is an empty field.
std::string format_grid(const Grid& grid, Format format);

}  // namespace kappa::app
