#pragma once
// Operating errors: Abseil's Status with fmt messages. The canonical code is what callers branch
// on, the message is for people: lower case, no period, values at the end.
//
// Debian's Abseil is built with its own absl::string_view, which is not std::string_view: keep to
// Status, StatusOr, Mutex, containers and time from Abseil, and format with fmt.

#include <absl/status/status.h>
#include <absl/status/statusor.h>
#include <fmt/format.h>

#include <string>
#include <string_view>
#include <utility>

namespace kappa {

using absl::OkStatus;
using absl::Status;
using absl::StatusCode;
using absl::StatusOr;

template <typename... Args>
Status make_status(StatusCode code, fmt::format_string<Args...> format, Args&&... args) {
  return Status(code, fmt::format(format, std::forward<Args>(args)...));
}

#define KAPPA_STATUS_MAKER_(name, code)                                        \
  template <typename... Args>                                                  \
  Status name(fmt::format_string<Args...> format, Args&&... args) {            \
    return make_status(StatusCode::code, format, std::forward<Args>(args)...); \
  }
KAPPA_STATUS_MAKER_(invalid_argument, kInvalidArgument)        // the caller's input can never work
KAPPA_STATUS_MAKER_(not_found, kNotFound)                      // the named thing does not exist
KAPPA_STATUS_MAKER_(already_exists, kAlreadyExists)            // the name is taken
KAPPA_STATUS_MAKER_(failed_precondition, kFailedPrecondition)  // not in this state; fix it first
KAPPA_STATUS_MAKER_(aborted, kAborted)                         // lost a race; start over
KAPPA_STATUS_MAKER_(out_of_range, kOutOfRange)                 // beyond the valid range
KAPPA_STATUS_MAKER_(unimplemented, kUnimplemented)             // not built (yet)
KAPPA_STATUS_MAKER_(internal_error, kInternal)                 // an invariant of ours is broken
KAPPA_STATUS_MAKER_(unavailable, kUnavailable)                 // for now; trying again may work
KAPPA_STATUS_MAKER_(data_loss, kDataLoss)                      // bytes are damaged or missing
KAPPA_STATUS_MAKER_(resource_exhausted, kResourceExhausted)    // a limit or the disk is full
KAPPA_STATUS_MAKER_(cancelled, kCancelled)                     // someone asked to stop
KAPPA_STATUS_MAKER_(deadline_exceeded, kDeadlineExceeded)      // too late
KAPPA_STATUS_MAKER_(permission_denied, kPermissionDenied)      // not allowed
#undef KAPPA_STATUS_MAKER_

// The message as a standard string_view; valid as long as the status.
inline std::string_view message_of(const Status& status) {
  return {status.message().data(), status.message().size()};
}

// The same code with what was being done put before the message.
inline Status annotate(const Status& status, std::string_view doing) {
  Status annotated(status.code(), fmt::format("{}: {}", doing, message_of(status)));
  status.ForEachPayload([&annotated](absl::string_view type, const absl::Cord& payload) {
    annotated.SetPayload(type, payload);
  });
  return annotated;
}

}  // namespace kappa

#define KAPPA_CONCAT_INNER_(a, b) a##b
#define KAPPA_CONCAT_(a, b) KAPPA_CONCAT_INNER_(a, b)

#define RETURN_IF_ERROR(expression)                  \
  do {                                               \
    ::kappa::Status status_if_error_ = (expression); \
    if (!status_if_error_.ok()) [[unlikely]]         \
      return status_if_error_;                       \
  } while (false)

#define ASSIGN_OR_RETURN_IMPL_(name, lhs, expression) \
  auto name = (expression);                           \
  if (!name.ok()) [[unlikely]]                        \
    return std::move(name).status();                  \
  lhs = std::move(name).value()

#define ASSIGN_OR_RETURN(lhs, expression) \
  ASSIGN_OR_RETURN_IMPL_(KAPPA_CONCAT_(status_or_, __LINE__), lhs, expression)
