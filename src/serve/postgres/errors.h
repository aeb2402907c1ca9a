#pragma once
// Errors that the wire protocol itself raises, as SQL errors (sql/error.h).

#include "base/status.h"
#include "sql/error.h"

namespace kappa::serve::postgres {

template <typename... Args>
Status wire_error(const char* sqlstate, fmt::format_string<Args...> format, Args&&... args) {
  sql::SqlError error;
  error.sqlstate = sqlstate;
  error.message = fmt::format(format, std::forward<Args>(args)...);
  return sql::make_error(std::move(error));
}

// The client broke the protocol: 08P01.
template <typename... Args>
Status protocol_violation(fmt::format_string<Args...> format, Args&&... args) {
  return wire_error("08P01", format, std::forward<Args>(args)...);
}

// Text that cannot be read as a value of its type: 22P02.
template <typename... Args>
Status invalid_text(fmt::format_string<Args...> format, Args&&... args) {
  return wire_error("22P02", format, std::forward<Args>(args)...);
}

// Bytes that cannot be read as a value of its type in the binary format: 22P03.
template <typename... Args>
Status invalid_binary(fmt::format_string<Args...> format, Args&&... args) {
  return wire_error("22P03", format, std::forward<Args>(args)...);
}

}  // namespace kappa::serve::postgres
