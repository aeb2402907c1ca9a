#pragma once
// Where readers that keep state still need a partition's records from: what lies at or above the
// lowest hold is neither deleted nor compacted. Whoever is kept from it asks the holders to move
// on, and is told when they have. Thread-safe.

#include <absl/synchronization/mutex.h>

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>

#include "log/partition.h"

namespace kappa::log {

class HoldList : public std::enable_shared_from_this<HoldList> {
 public:
  // `on_moved` is told, on the holder's thread and without a lock, that a hold moved or went after
  // something was kept back.
  explicit HoldList(std::function<void()> on_moved) : on_moved_(std::move(on_moved)) {}

  std::unique_ptr<Hold> add(Offset from, std::function<void()> on_blocked);
  // How far below `end` nobody holds. Where that is not all, the holders are asked to move on.
  Offset free_up_to(Offset end);

 private:
  class Member;
  struct Entry {
    Offset from;
    std::function<void()> on_blocked;
  };

  void change(uint64_t id, std::optional<Offset> from);

  const std::function<void()> on_moved_;
  absl::Mutex mutex_;
  uint64_t next_id_ ABSL_GUARDED_BY(mutex_) = 1;
  std::map<uint64_t, Entry> entries_ ABSL_GUARDED_BY(mutex_);
  bool is_blocking_ ABSL_GUARDED_BY(mutex_) = false;  // since the last on_moved
};

}  // namespace kappa::log
