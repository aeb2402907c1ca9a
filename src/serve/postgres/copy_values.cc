#include "serve/postgres/copy_values.h"

#include "serve/postgres/array_literal.h"
#include "serve/postgres/errors.h"

namespace kappa::serve::postgres {
namespace {

using duckdb::LogicalType;
using duckdb::LogicalTypeId;

StatusOr<std::string> translate_bytea(const std::string& text) {
  if (text.size() % 2 != 0) return invalid_text("odd number of hexadecimal digits in a bytea");
  std::string out;
  for (size_t i = 2; i < text.size(); i += 2) out += "\\x" + text.substr(i, 2);
  return out;
}

void append_quoted(std::string& out, const std::string& text) {
  out.push_back('"');
  for (char c : text) {
    if (c == '"' || c == '\\') out.push_back('\\');
    out.push_back(c);
  }
  out.push_back('"');
}

StatusOr<std::string> translate_array(const LogicalType& element, const std::string& text) {
  ASSIGN_OR_RETURN(auto items, parse_array_literal(text));
  std::string out = "[";
  for (size_t i = 0; i < items.size(); ++i) {
    if (i != 0) out += ", ";
    if (!items[i].has_value()) {
      out += "NULL";
      continue;
    }
    ASSIGN_OR_RETURN(const std::string item, translate_copy_value(element, *items[i]));
    append_quoted(out, item);
  }
  return out + "]";
}

}  // namespace

bool needs_translation(const LogicalType& type) {
  return type.id() == LogicalTypeId::LIST || type.id() == LogicalTypeId::ARRAY ||
         type.id() == LogicalTypeId::BLOB;
}

StatusOr<std::string> translate_copy_value(const LogicalType& type, const std::string& text) {
  if (type.id() == LogicalTypeId::BLOB && text.starts_with("\\x")) return translate_bytea(text);
  if (!text.starts_with('{')) return text;
  if (type.id() == LogicalTypeId::LIST) {
    return translate_array(duckdb::ListType::GetChildType(type), text);
  }
  if (type.id() == LogicalTypeId::ARRAY) {
    return translate_array(duckdb::ArrayType::GetChildType(type), text);
  }
  return text;
}

}  // namespace kappa::serve::postgres
