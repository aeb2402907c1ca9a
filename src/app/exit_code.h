#pragma once
// What the program's exit codes mean, to scripts. The same for every command.

#include "base/status.h"

namespace kappa::app {

enum ExitCode : int {
  kOk = 0,
  kError = 1,     // anything without a number of its own; for verify: a view differs
  kUsage = 2,     // the command line or the configuration is wrong
  kNotFound = 3,  // the named thing does not exist
  kConflict = 4,  // it exists already, or another server holds the data directory
  kDenied = 5,
  kTimeout = 6,
};

inline ExitCode exit_code_of(const Status& status) {
  switch (status.code()) {
    case StatusCode::kOk:
      return kOk;
    case StatusCode::kInvalidArgument:
      return kUsage;
    case StatusCode::kNotFound:
      return kNotFound;
    case StatusCode::kAlreadyExists:
    case StatusCode::kFailedPrecondition:
      return kConflict;
    case StatusCode::kPermissionDenied:
      return kDenied;
    case StatusCode::kDeadlineExceeded:
      return kTimeout;
    default:
      return kError;
  }
}

}  // namespace kappa::app
