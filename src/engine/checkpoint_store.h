#pragma once
// Checkpoints on disk: the state of tables and views at one frontier. A checkpoint is a small file
// that names blocks in data files; blocks hold runs of traces, which never change, and other state.
// The next checkpoint names the runs that are still there and writes only what is new:
//
//   checkpoint      the newest whole one: frontier, relations, their parts, the parts' blocks
//   <n>.state       blocks back to back, written once; removed when no block in it is named
//
// Replaced as a whole: a crash leaves the checkpoint before or the one after. State is a cache of
// the log: whoever finds a checkpoint damaged discards it. Format: docs/formats/checkpoints.md.
// Thread-safe.

#include <absl/container/flat_hash_map.h>
#include <absl/synchronization/mutex.h>

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/status.h"
#include "engine/frontier.h"
#include "env/env.h"
#include "flow/circuit.h"

namespace kappa::engine {

struct RelationCheckpoint {
  int64_t id = 0;           // of the definition
  std::string fingerprint;  // who can read the state: format, plan, workers
  std::vector<flow::StatePart> parts;
};

struct Checkpoint {
  Frontier frontier;
  std::vector<RelationCheckpoint> relations;

  // nullptr when it has none of that id.
  const RelationCheckpoint* find(int64_t id) const;
};

// The form of all state: a number of our own, and DuckDB's version, whose sort keys rows are.
std::string state_format();

struct CheckpointSize {
  int64_t written_bytes = 0;
  int64_t total_bytes = 0;  // of the blocks that it names
};

class CheckpointStore {
 public:
  // Makes the directory when absent.
  static StatusOr<std::unique_ptr<CheckpointStore>> open(env::Env& env, std::string directory);

  // The newest one; nullopt: there is none. Errors: kDataLoss.
  StatusOr<std::optional<Checkpoint>> load() ABSL_LOCKS_EXCLUDED(mutex_);
  // On disk when it returns. After an error the one before still stands.
  StatusOr<CheckpointSize> save(const Checkpoint& checkpoint) ABSL_LOCKS_EXCLUDED(mutex_);
  // Removes the checkpoint.
  Status discard() ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  struct Block {
    uint64_t file = 0;
    uint64_t position = 0;
    uint64_t size = 0;
    uint32_t crc = 0;
  };
  // Where a run that is in memory lies on disk.
  struct Place {
    std::weak_ptr<const flow::Run> run;
    Block block;
  };
  using Places = absl::flat_hash_map<const flow::Run*, Place>;
  class Saving;
  class Loading;

  CheckpointStore(env::Env& env, std::string directory)
      : env_(env), directory_(std::move(directory)) {}

  std::string data_path(uint64_t file) const;
  void remove_unnamed(const std::map<uint64_t, uint64_t>& named_bytes)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  env::Env& env_;
  const std::string directory_;
  absl::Mutex mutex_;
  uint64_t next_file_ ABSL_GUARDED_BY(mutex_) = 1;
  Places places_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace kappa::engine
