#pragma once
// The descriptors of POSIX files. A log of many partitions has more files than a process may have
// descriptors, so a file that has rested for a while gives its descriptor back and opens the file
// again, by its path, when it is next used:
//
//   open ──rested, all synced, and others need descriptors──> given back ──used──> open
//
// One that has unsynced bytes is never closed: the kernel tells a failed write to the descriptors
// that are open then. One whose path is about to be removed or renamed is opened before that and
// kept, so that a file can be read after its name is gone. The limit is a wish: what cannot be
// given back stays open. Thread-safe. Private to env.

#include <absl/synchronization/mutex.h>

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "base/status.h"

namespace kappa::env {

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor();
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return fd_; }

 private:
  const int fd_;
};

// One open file. A descriptor that was handed out stays open until it is dropped.
class OpenFile {
 public:
  // flags: open()'s, for opening it again.
  OpenFile(int fd, std::string path, int flags);
  ~OpenFile();

  StatusOr<std::shared_ptr<const Descriptor>> use() const;
  // Before and after each write, and before each sync; after a failed sync it is unsynced again.
  void set_unsynced(bool is_unsynced);
  const std::string& path() const { return path_; }

 private:
  friend class OpenFiles;

  // Closes it unless that must not be; true when it was closed.
  bool give_back();
  // From now on it is not given back. True when it had to be opened again.
  StatusOr<bool> keep();
  // True when it had to be opened again.
  StatusOr<bool> open_again() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const std::string path_;
  const int flags_;
  mutable std::atomic<bool> is_used_ = true;  // since it was last looked at
  mutable absl::Mutex mutex_;
  mutable std::shared_ptr<const Descriptor> descriptor_ ABSL_GUARDED_BY(mutex_);
  bool is_unsynced_ ABSL_GUARDED_BY(mutex_) = false;
  bool is_kept_ ABSL_GUARDED_BY(mutex_) = false;
};

// All of the process.
class OpenFiles {
 public:
  static OpenFiles& instance();

  // At first there is none.
  void set_limit(size_t limit);
  // How many descriptors are open.
  size_t open_count() const;
  // To be called before the name is removed, or another file gets it.
  Status keep(std::string_view path);

 private:
  friend class OpenFile;
  using Files = std::multimap<std::string_view, OpenFile*>;

  void add(OpenFile* file);
  void remove(OpenFile* file, bool is_open);
  void opened_again();
  // Closes files that have rested, in turn, while there are too many.
  void give_back() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  mutable absl::Mutex mutex_;  // taken before a file's
  size_t limit_ ABSL_GUARDED_BY(mutex_) = SIZE_MAX;
  size_t open_count_ ABSL_GUARDED_BY(mutex_) = 0;
  Files files_ ABSL_GUARDED_BY(mutex_);
  Files::iterator hand_ ABSL_GUARDED_BY(mutex_) = files_.end();  // the next to be looked at
};

}  // namespace kappa::env
