#pragma once
// The durable watermark of a partition: a place up to which everything is known to have reached the
// disk. It is kept twice, in the partition's directory:
//
//   durable        synced, at the end of a run and once in a while
//   durable-hint   not synced, after every sync of the log: outlives the process, if not the
//   machine
//
// Both tell what was true when they were written, and what was durable stays so: the further one
// counts. A hint that is torn or lost is none.

#include <optional>
#include <string>

#include "base/status.h"
#include "base/types.h"
#include "env/env.h"

namespace kappa::log {

struct Watermark {
  Offset offset;
  Offset segment_base;
  int64_t position = 0;  // in that segment, where `offset` is or will be

  friend bool operator==(const Watermark&, const Watermark&) = default;
};

Status save_watermark(env::Env& env, const std::string& directory, const Watermark& watermark);

// nullopt: the file is absent or damaged; where the log was durable is not known.
StatusOr<std::optional<Watermark>> load_watermark(env::Env& env, const std::string& directory);
StatusOr<std::optional<Watermark>> load_watermark_hint(env::Env& env, const std::string& directory);

// Writes the hint over the one before. Keeps no file open: there are as many as partitions.
Status write_watermark_hint(env::Env& env, const std::string& directory,
                            const Watermark& watermark);

}  // namespace kappa::log
