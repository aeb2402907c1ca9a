#pragma once
// Small files that are written whole and replaced whole, and that say whether they are whole:
//
//   magic (8 bytes, its last digit the format's version) | payload | crc32c u32 of all before it
//
// All of the log's files except the segments themselves have this frame (docs/formats/log.md).

#include <string>
#include <string_view>

#include "base/status.h"
#include "env/env.h"

namespace kappa::log {

enum class FileDurability {
  kSynced,  // on disk when the write returns, and the old content until then
  kCached,  // may be lost or damaged by a power loss: only for what can be rebuilt
};

// The bytes of such a file. magic has 8 characters.
std::string checked_bytes(std::string_view magic, std::string_view payload);

// Writes path + ".tmp" and renames it.
Status write_checked_file(env::Env& env, const std::string& path, std::string_view magic,
                          std::string_view payload, FileDurability durability);

// The payload. Errors: kNotFound; kDataLoss when magic or checksum is wrong or it exceeds 1 GiB.
StatusOr<std::string> read_checked_file(env::Env& env, const std::string& path,
                                        std::string_view magic);

}  // namespace kappa::log
