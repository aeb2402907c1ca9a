#pragma once
// Part of a file, for those who pass it on without looking at it. It can be read as long as it is
// held, also when the file's name is gone; it holds no memory.

#include <cstdint>
#include <memory>
#include <string>

#include "base/status.h"
#include "env/env.h"

namespace kappa::env {

struct FileRange {
  std::shared_ptr<const File> file;
  int64_t position = 0;
  size_t size_bytes = 0;
};

// All of it. Errors: kDataLoss when the file ends before the range, those of reading.
StatusOr<std::string> read_range(const FileRange& range);

}  // namespace kappa::env
