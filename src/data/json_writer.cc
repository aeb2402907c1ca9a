#include "data/json_writer.h"

#include <charconv>
#include <cmath>

#include <duckdb/common/types/blob.hpp>
#include <duckdb/common/types/string_type.hpp>

#include "data/clipped_text.h"

namespace kappa::data {
namespace {

using duckdb::LogicalType;
using duckdb::LogicalTypeId;
using duckdb::Value;

// The shortest text that reads back to the same number.
template <typename T>
void write_float(T number, std::string& out) {
  if (std::isnan(number)) {
    out += "\"NaN\"";
  } else if (std::isinf(number)) {
    out += number < 0 ? "\"-Infinity\"" : "\"Infinity\"";
  } else {
    char text[32];
    const auto end = std::to_chars(text, text + sizeof text, number).ptr;
    out.append(text, end);
  }
}

// DuckDB leaves out the zero before the point: .05
void write_decimal(const Value& value, std::string& out) {
  std::string text = value.ToString();
  const size_t digits = text[0] == '-' ? 1 : 0;
  if (text[digits] == '.') text.insert(digits, "0");
  out += text;
}

// 2013-01-01 10:15:00+00 as 2013-01-01T10:15:00Z. What is not in this form (years beyond four
// digits, infinity) stays as DuckDB writes it.
void write_timestamp(const Value& value, std::string& out) {
  std::string text = value.ToString();
  if (text.size() >= 19 && text[4] == '-' && text[10] == ' ' && text[13] == ':') {
    text[10] = 'T';
    if (text.ends_with("+00")) text.replace(text.size() - 3, 3, "Z");
  }
  write_json_string(text, out);
}

bool is_text(const LogicalType& type) {
  return type.id() == LogicalTypeId::VARCHAR && !type.IsJSONType();
}

}  // namespace

void write_json_string(std::string_view text, std::string& out) {
  out += '"';
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (static_cast<unsigned char>(c) < 0x20) {
      fmt::format_to(std::back_inserter(out), "\\u{:04x}", c);
    } else {
      out += c;
    }
  }
  out += '"';
}

Status JsonWriter::write(const Value& value, std::string& out) {
  if (value.IsNull()) {
    out += "null";
    return OkStatus();
  }
  switch (value.type().id()) {
    case LogicalTypeId::BOOLEAN:
    case LogicalTypeId::TINYINT:
    case LogicalTypeId::SMALLINT:
    case LogicalTypeId::INTEGER:
    case LogicalTypeId::BIGINT:
    case LogicalTypeId::HUGEINT:
    case LogicalTypeId::UTINYINT:
    case LogicalTypeId::USMALLINT:
    case LogicalTypeId::UINTEGER:
    case LogicalTypeId::UBIGINT:
    case LogicalTypeId::UHUGEINT:
      out += value.ToString();
      return OkStatus();
    case LogicalTypeId::FLOAT:
      write_float(duckdb::FloatValue::Get(value), out);
      return OkStatus();
    case LogicalTypeId::DOUBLE:
      write_float(duckdb::DoubleValue::Get(value), out);
      return OkStatus();
    case LogicalTypeId::DECIMAL:
      write_decimal(value, out);
      return OkStatus();
    case LogicalTypeId::VARCHAR:
      if (value.type().IsJSONType()) return write_json_text(duckdb::StringValue::Get(value), out);
      write_json_string(duckdb::StringValue::Get(value), out);
      return OkStatus();
    case LogicalTypeId::BLOB:
      write_json_string(duckdb::Blob::ToBase64(duckdb::string_t(duckdb::StringValue::Get(value))),
                        out);
      return OkStatus();
    case LogicalTypeId::TIMESTAMP_SEC:
    case LogicalTypeId::TIMESTAMP_MS:
    case LogicalTypeId::TIMESTAMP:
    case LogicalTypeId::TIMESTAMP_NS:
    case LogicalTypeId::TIMESTAMP_TZ:
    case LogicalTypeId::TIMESTAMP_TZ_NS:
      write_timestamp(value, out);
      return OkStatus();
    case LogicalTypeId::STRUCT:
      return write_struct(value, out);
    case LogicalTypeId::LIST:
      return write_list(duckdb::ListValue::GetChildren(value), out);
    case LogicalTypeId::ARRAY:
      return write_list(duckdb::ArrayValue::GetChildren(value), out);
    case LogicalTypeId::MAP:
      return write_map(value, out);
    default:  // what is a string in DuckDB's own text form
      write_json_string(value.ToString(), out);
      return OkStatus();
  }
}

Status JsonWriter::write_json_text(std::string_view text, std::string& out) {
  if (!validator_.is_valid(text)) {
    return invalid_argument("a value of type JSON is no JSON: {}", clipped_text(text));
  }
  out += text;
  return OkStatus();
}

Status JsonWriter::write_list(const duckdb::vector<Value>& elements, std::string& out) {
  out += '[';
  for (size_t i = 0; i < elements.size(); ++i) {
    if (i > 0) out += ',';
    RETURN_IF_ERROR(write(elements[i], out));
  }
  out += ']';
  return OkStatus();
}

Status JsonWriter::write_struct(const Value& value, std::string& out) {
  const auto& children = duckdb::StructValue::GetChildren(value);
  out += '{';
  for (size_t i = 0; i < children.size(); ++i) {
    if (i > 0) out += ',';
    write_json_string(duckdb::StructType::GetChildName(value.type(), i).GetIdentifierName(), out);
    out += ':';
    RETURN_IF_ERROR(write(children[i], out));
  }
  out += '}';
  return OkStatus();
}

Status JsonWriter::write_map(const Value& value, std::string& out) {
  const auto& entries = duckdb::MapValue::GetChildren(value);
  if (!is_text(duckdb::MapType::KeyType(value.type()))) return write_list(entries, out);
  out += '{';
  for (size_t i = 0; i < entries.size(); ++i) {
    const auto& parts = duckdb::StructValue::GetChildren(entries[i]);
    if (i > 0) out += ',';
    write_json_string(duckdb::StringValue::Get(parts[0]), out);
    out += ':';
    RETURN_IF_ERROR(write(parts[1], out));
  }
  out += '}';
  return OkStatus();
}

}  // namespace kappa::data
