#include "app/grid.h"

#include "app/json_text.h"

#include <algorithm>

namespace kappa::app {
namespace {

// Characters, not bytes: continuation bytes of UTF-8 take no room.
size_t width_of(const std::string& text) {
  return static_cast<size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xC0) != 0x80; }));
}

std::string padded(const std::string& text, size_t width, bool to_right) {
  std::string space(width - std::min(width, width_of(text)), ' ');
  return to_right ? space + text : text + space;
}

std::string trimmed(std::string line) {
  line.erase(line.find_last_not_of(' ') + 1);
  return line + "\n";
}

std::string format_table(const Grid& grid) {
  std::vector<size_t> widths;
  for (size_t i = 0; i < grid.columns.size(); ++i) {
    widths.push_back(width_of(grid.columns[i].name));
    for (const auto& row : grid.rows)
      widths[i] = std::max(widths[i], width_of(row[i].value_or("")));
  }
  std::string names, rule, text;
  for (size_t i = 0; i < widths.size(); ++i) {
    names += (i == 0 ? " " : " | ") + padded(grid.columns[i].name, widths[i], false);
    rule += (i == 0 ? "-" : "-+-") + std::string(widths[i], '-');
  }
  text = trimmed(names) + rule + "-\n";
  for (const auto& row : grid.rows) {
    std::string line;
    for (size_t i = 0; i < widths.size(); ++i) {
      line += (i == 0 ? " " : " | ") +
              padded(row[i].value_or(""), widths[i], grid.columns[i].is_number);
    }
    text += trimmed(line);
  }
  return text + fmt::format("({} row{})\n", grid.rows.size(), grid.rows.size() == 1 ? "" : "s");
}

std::string json_text(const std::string& text) {
  std::string quoted;
  append_json_text(text, quoted);
  return quoted;
}

// NaN and infinities are no JSON numbers: they stay texts.
bool is_json_number(const std::string& text) {
  return !text.empty() && text.find_first_not_of("0123456789+-.eE") == std::string::npos;
}

std::string json_value(const GridColumn& column, const std::optional<std::string>& value) {
  if (!value) return "null";
  if (column.is_json) return *value;
  if (column.is_boolean) return *value == "t" || *value == "true" ? "true" : "false";
  if (column.is_number && is_json_number(*value)) return *value;
  return json_text(*value);
}

std::string format_json(const Grid& grid) {
  std::string text = "[";
  for (size_t i = 0; i < grid.rows.size(); ++i) {
    text += i == 0 ? "{" : ",\n {";
    for (size_t c = 0; c < grid.columns.size(); ++c) {
      if (c > 0) text += ", ";
      text += json_text(grid.columns[c].name) + ": " + json_value(grid.columns[c], grid.rows[i][c]);
    }
    text += "}";
  }
  return text + "]\n";
}

std::string csv_field(const std::string& text) {
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  std::string quoted = "\"";
  for (char c : text) quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
  return quoted + "\"";
}

std::string format_csv(const Grid& grid) {
  std::string text;
  for (size_t i = 0; i < grid.columns.size(); ++i) {
    text += (i == 0 ? "" : ",") + csv_field(grid.columns[i].name);
  }
  text += "\n";
  for (const auto& row : grid.rows) {
    for (size_t i = 0; i < row.size(); ++i) {
      text += (i == 0 ? "" : ",") + csv_field(row[i].value_or(""));
    }
    text += "\n";
  }
  return text;
}

}  // namespace

std::string format_grid(const Grid& grid, Format format) {
  switch (format) {
    case Format::kTable:
      return format_table(grid);
    case Format::kJson:
      return format_json(grid);
    case Format::kCsv:
      return format_csv(grid);
  }
  return "";
}

}  // namespace kappa::app
