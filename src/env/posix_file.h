#pragma once
// Files, directories and locks on POSIX. Private to env.

#include <memory>
#include <string>

#include "env/env.h"

namespace kappa::env {

// Makes a Status of errno: code by kind, message with what was being done.
Status errno_status(int error, std::string_view doing, std::string_view path);

StatusOr<std::unique_ptr<File>> open_posix_file(const std::string& path, OpenMode mode);
StatusOr<std::unique_ptr<FileLock>> lock_posix_file(const std::string& path);
Status sync_posix_directory(const std::string& path);

}  // namespace kappa::env
