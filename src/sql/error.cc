#include "sql/error.h"

#include <absl/strings/cord.h>

#include <array>
#include <charconv>
#include <optional>

namespace kappa::sql {
namespace {

// The payload: sqlstate, detail, hint, position and where, separated by NUL bytes. The message is
// the Status's own.
constexpr const char kPayloadUrl[] = "kappa/sql-error";

struct CodeRow {
  std::string_view sqlstate_class;
  StatusCode code;
};

// By SQLSTATE class (its first two characters), or a whole SQLSTATE where its class is too wide.
constexpr std::array<CodeRow, 20> kCodes = {{
    {"57014", StatusCode::kCancelled},
    {"42501", StatusCode::kPermissionDenied},
    {"42P01", StatusCode::kNotFound},
    {"42704", StatusCode::kNotFound},
    {"42P07", StatusCode::kAlreadyExists},
    {"42710", StatusCode::kAlreadyExists},
    {"22003", StatusCode::kOutOfRange},
    {"26000", StatusCode::kNotFound},
    {"34000", StatusCode::kNotFound},
    {"0A", StatusCode::kUnimplemented},
    {"22", StatusCode::kInvalidArgument},
    {"23", StatusCode::kFailedPrecondition},
    {"25", StatusCode::kFailedPrecondition},
    {"28", StatusCode::kUnauthenticated},
    {"40", StatusCode::kAborted},
    {"42", StatusCode::kInvalidArgument},
    {"53", StatusCode::kResourceExhausted},
    {"54", StatusCode::kResourceExhausted},
    {"55", StatusCode::kFailedPrecondition},
    {"57", StatusCode::kUnavailable},
}};

StatusCode code_of(std::string_view sqlstate) {
  if (sqlstate == "XX001") return StatusCode::kDataLoss;
  if (sqlstate.starts_with("XX")) return StatusCode::kInternal;
  for (const auto& row : kCodes) {
    if (sqlstate.starts_with(row.sqlstate_class)) return row.code;
  }
  return StatusCode::kInvalidArgument;
}

const char* sqlstate_of(StatusCode code) {
  switch (code) {
    case StatusCode::kOk:
      return "00000";
    case StatusCode::kCancelled:
      return "57014";
    case StatusCode::kInvalidArgument:
      return "22023";
    case StatusCode::kDeadlineExceeded:
      return "57014";
    case StatusCode::kNotFound:
      return "42704";
    case StatusCode::kAlreadyExists:
      return "42710";
    case StatusCode::kPermissionDenied:
      return "42501";
    case StatusCode::kResourceExhausted:
      return "53000";
    case StatusCode::kFailedPrecondition:
      return "55000";
    case StatusCode::kAborted:
      return "40001";
    case StatusCode::kOutOfRange:
      return "22003";
    case StatusCode::kUnimplemented:
      return "0A000";
    case StatusCode::kUnavailable:
      return "57P03";
    case StatusCode::kDataLoss:
      return "XX001";
    case StatusCode::kUnauthenticated:
      return "28000";
    default:
      return "XX000";
  }
}

std::string take_field(std::string_view& rest) {
  size_t end = rest.find('\0');
  std::string field(rest.substr(0, end));
  rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
  return field;
}

std::string without_nul(std::string text) {
  std::erase(text, '\0');
  return text;
}

}  // namespace

Status make_error(SqlError error) {
  if (error.sqlstate.size() != 5) error.sqlstate = "XX000";
  std::string payload = error.sqlstate;
  payload.push_back('\0');
  payload += without_nul(std::move(error.detail));
  payload.push_back('\0');
  payload += without_nul(std::move(error.hint));
  payload.push_back('\0');
  payload += std::to_string(error.position);
  payload.push_back('\0');
  payload += without_nul(std::move(error.where));
  Status status(code_of(error.sqlstate), error.message);
  status.SetPayload(kPayloadUrl, absl::Cord(payload));
  return status;
}

SqlError error_of(const Status& status) {
  SqlError error;
  error.message = std::string(message_of(status));
  auto payload = status.GetPayload(kPayloadUrl);
  if (!payload.has_value()) {
    error.sqlstate = sqlstate_of(status.code());
    return error;
  }
  const std::string bytes(*payload);
  std::string_view rest = bytes;
  error.sqlstate = take_field(rest);
  error.detail = take_field(rest);
  error.hint = take_field(rest);
  const std::string position = take_field(rest);
  std::from_chars(position.data(), position.data() + position.size(), error.position);
  error.where = take_field(rest);
  return error;
}

}  // namespace kappa::sql
