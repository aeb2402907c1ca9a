#include "serve/postgres/backend.h"

#include "base/bytes.h"
#include "base/check.h"

namespace kappa::serve::postgres {
namespace {

void append_cstring(std::string& out, std::string_view text) {
  out.append(text.substr(0, text.find('\0')));
  out.push_back('\0');
}

// A message may hold a name or a value of the client's, of any length: this much of it is told.
constexpr size_t kFieldBytesMax = 8 << 10;

void append_field(std::string& out, char code, std::string_view text) {
  if (text.empty()) return;
  out.push_back(code);
  if (text.size() <= kFieldBytesMax) return append_cstring(out, text);
  size_t end = kFieldBytesMax;
  while (end > 0 && (text[end] & 0xc0) == 0x80) end--;  // not within a character
  append_cstring(out, fmt::format("{}... ({} bytes in all)", text.substr(0, end), text.size()));
}

void append_report(std::string& out, char type, const ErrorReport& report) {
  MessageScope message(out, type);
  append_field(out, 'S', report.severity);
  append_field(out, 'V', report.severity);
  append_field(out, 'C', report.error.sqlstate);
  append_field(out, 'M', report.error.message.empty() ? "unknown error" : report.error.message);
  append_field(out, 'D', report.error.detail);
  append_field(out, 'H', report.error.hint);
  if (report.error.position > 0) append_field(out, 'P', std::to_string(report.error.position));
  append_field(out, 'W', report.error.where);
  out.push_back('\0');
}

}  // namespace

MessageScope::MessageScope(std::string& out, char type) : out_(out) {
  out_.push_back(type);
  length_position_ = out_.size();
  out_.append(4, '\0');
}

void MessageScope::drop() {
  out_.resize(length_position_ - 1);
  is_dropped_ = true;
}

MessageScope::~MessageScope() {
  if (is_dropped_) return;
  const size_t length = out_.size() - length_position_;
  KAPPA_CHECK_LE(length, size_t{INT32_MAX});
  store_big_endian(out_.data() + length_position_, static_cast<int32_t>(length));
}

void append_authentication_ok(std::string& out) {
  MessageScope message(out, 'R');
  Writer(out).i32(0);
}

void append_negotiate_version(std::string& out, const std::vector<std::string>& unknown_options) {
  MessageScope message(out, 'v');
  Writer writer(out);
  writer.i32(0);  // the newest minor version that we speak
  writer.i32(static_cast<int32_t>(unknown_options.size()));
  for (const auto& option : unknown_options) append_cstring(out, option);
}

void append_parameter_status(std::string& out, std::string_view name, std::string_view value) {
  MessageScope message(out, 'S');
  append_cstring(out, name);
  append_cstring(out, value);
}

void append_backend_key(std::string& out, int32_t process_id, int32_t secret) {
  MessageScope message(out, 'K');
  Writer writer(out);
  writer.i32(process_id);
  writer.i32(secret);
}

void append_ready_for_query(std::string& out, engine::TransactionState state) {
  MessageScope message(out, 'Z');
  switch (state) {
    case engine::TransactionState::kIdle:
      out.push_back('I');
      break;
    case engine::TransactionState::kOpen:
      out.push_back('T');
      break;
    case engine::TransactionState::kFailed:
      out.push_back('E');
      break;
  }
}

void append_row_description(std::string& out, const std::vector<FieldDescription>& fields) {
  MessageScope message(out, 'T');
  Writer writer(out);
  writer.i16(static_cast<int16_t>(fields.size()));
  for (const auto& field : fields) {
    append_cstring(out, field.name);
    writer.i32(0);  // no table
    writer.i16(0);  // nor column of one
    writer.u32(field.type.oid);
    writer.i16(field.type.size_bytes);
    writer.i32(field.type.modifier);
    writer.i16(field.format);
  }
}

void append_parameter_description(std::string& out, const std::vector<uint32_t>& oids) {
  MessageScope message(out, 't');
  Writer writer(out);
  writer.i16(static_cast<int16_t>(oids.size()));
  for (uint32_t oid : oids) writer.u32(oid);
}

void append_command_complete(std::string& out, std::string_view tag) {
  MessageScope message(out, 'C');
  append_cstring(out, tag);
}

void append_error(std::string& out, const ErrorReport& report) { append_report(out, 'E', report); }

void append_notice(std::string& out, const ErrorReport& report) { append_report(out, 'N', report); }

void append_copy_response(std::string& out, char type, size_t column_count) {
  MessageScope message(out, type);
  Writer writer(out);
  writer.i8(0);
  writer.i16(static_cast<int16_t>(column_count));
  for (size_t i = 0; i < column_count; ++i) writer.i16(0);
}

void append_bare(std::string& out, char type) { MessageScope message(out, type); }

}  // namespace kappa::serve::postgres
