#include "serve/postgres/copy_writer.h"

#include "serve/postgres/backend.h"

namespace kappa::serve::postgres {
namespace {

void append_text_field(std::string& out, const engine::CopyOptions& options,
                       std::string_view value) {
  for (char c : value) {
    switch (c) {
      case '\b':
        out += "\\b";
        break;
      case '\f':
        out += "\\f";
        break;
      case '\n':
        out += "\\n";
        break;
      case '\r':
        out += "\\r";
        break;
      case '\t':
        out += "\\t";
        break;
      case '\v':
        out += "\\v";
        break;
      default:
        if (c == '\\' || c == options.delimiter) out.push_back('\\');
        out.push_back(c);
    }
  }
}

void append_csv_field(std::string& out, const engine::CopyOptions& options, std::string_view value,
                      bool is_only_column) {
  const char special[] = {options.delimiter, options.quote, '\n', '\r'};
  const bool is_plain =
      value.find_first_of(std::string_view(special, sizeof special)) == std::string_view::npos &&
      value != options.null_text && !(is_only_column && value == "\\.");
  if (is_plain) return void(out += value);
  out.push_back(options.quote);
  for (char c : value) {
    if (c == options.quote || c == options.escape) out.push_back(options.escape);
    out.push_back(c);
  }
  out.push_back(options.quote);
}

void append_field(std::string& out, const engine::CopyOptions& options, std::string_view value,
                  bool is_only_column) {
  if (options.is_csv) {
    append_csv_field(out, options, value, is_only_column);
  } else {
    append_text_field(out, options, value);
  }
}

}  // namespace

void append_copy_header(std::string& out, const engine::CopyOptions& options,
                        const std::vector<std::string>& column_names) {
  if (!options.has_header) return;
  MessageScope message(out, 'd');
  for (size_t i = 0; i < column_names.size(); ++i) {
    if (i != 0) out.push_back(options.delimiter);
    append_field(out, options, column_names[i], column_names.size() == 1);
  }
  out.push_back('\n');
}

Status append_copy_row(std::string& out, const engine::CopyOptions& options,
                       const RowEncoder& encoder, size_t row) {
  const size_t start = out.size();
  MessageScope message(out, 'd');
  std::string value;
  for (size_t i = 0; i < encoder.column_count(); ++i) {
    if (i != 0) out.push_back(options.delimiter);
    value.clear();
    if (encoder.append_cell(value, row, i)) {
      append_field(out, options, value, encoder.column_count() == 1);
    } else {
      out += options.null_text;
    }
    Status status = encoder.check_row_bytes(out.size() - start);
    if (status.ok()) continue;
    message.drop();
    return status;
  }
  out.push_back('\n');
  return OkStatus();
}

}  // namespace kappa::serve::postgres
