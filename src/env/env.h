#pragma once
// The one seam to the machine: files, directories, clock, randomness and threads. Everything else
// in the program asks an Env, so that the same code runs on POSIX (posix_env()) and in memory under
// one seed (env/simulated.h), where each call can be made to fail.
//
// Durability as POSIX has it: bytes are safe after File::sync(); the creation, rename or removal of
// a name is safe after sync_directory() of the directory that holds it.
// Thread-safe, each File too (one appender at a time; reads and syncs beside it are fine).
// Errors: kNotFound, kAlreadyExists, kResourceExhausted (disk full), kUnavailable (any other).

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"

namespace kappa::env {

class File {
 public:
  virtual ~File() = default;  // closes without syncing

  // Writes all of it at the end, or fails; after a failure part of it may be there.
  virtual Status append(std::string_view bytes) = 0;
  virtual Status write_at(int64_t position, std::string_view bytes) = 0;
  // Reads up to count bytes into out; fewer only where the file ends.
  virtual StatusOr<size_t> read_at(int64_t position, size_t count, char* out) const = 0;
  // Sends up to count bytes from the position on to a socket that does not block; as many as it
  // takes now, so 0 when it is full. The machine's own files go from the page cache (sendfile),
  // here they are read and sent. The calling thread must have SIGPIPE blocked or ignored.
  // Errors: kAborted the socket is of no use any more, kDataLoss the file ends at the position,
  // kUnavailable it cannot be read.
  virtual StatusOr<size_t> send_to(int socket, int64_t position, size_t count) const;
  virtual Status truncate(int64_t size) = 0;
  virtual StatusOr<int64_t> size() const = 0;
  // Data and size reach the disk (fdatasync). After a failure nothing is known about what was
  // written since the last success: never call it again, give the file up.
  virtual Status sync() = 0;
};

enum class OpenMode {
  kRead,       // must exist
  kWrite,      // must exist; read and write
  kCreate,     // made when absent
  kCreateNew,  // kAlreadyExists when present
  kOverwrite,  // made when absent, emptied when present
};

// Held as long as it lives; the kernel drops it when the process ends.
class FileLock {
 public:
  virtual ~FileLock() = default;
};

enum class ThreadPriority {
  kNormal,
  kBackground,  // nice 10: replays, merges, whatever must not disturb live work
};

class Thread {
 public:
  virtual ~Thread() = default;  // joins
  virtual void join() = 0;
};

// Work that is done again and again when asked for: the form of thread that also exists in
// simulation, where the test decides when it runs.
class Worker {
 public:
  virtual ~Worker() = default;  // waits for a running turn, starts no other
  // Asks for one more turn after now; requests made before that turn begins are one request.
  virtual void wake() = 0;
  // Asks for a turn after so much time, unless one begins before: whichever turn begins forgets
  // this. Of several requests the earliest counts.
  virtual void wake_after(int64_t delay_ms) = 0;
};

// Of the disk that holds a path.
struct DiskSpace {
  int64_t total_bytes = 0;
  int64_t usable_bytes = 0;  // that this process may still write
};

class Env {
 public:
  virtual ~Env() = default;

  virtual StatusOr<std::unique_ptr<File>> open_file(const std::string& path, OpenMode mode) = 0;
  // Its parent must exist; no error when it is there already.
  virtual Status create_directory(const std::string& path) = 0;
  // The names in it, sorted, without "." and "..".
  virtual StatusOr<std::vector<std::string>> list_directory(const std::string& path) = 0;
  virtual bool exists(const std::string& path) = 0;
  virtual Status remove_file(const std::string& path) = 0;
  virtual Status remove_directory(const std::string& path) = 0;               // must be empty
  virtual Status rename(const std::string& from, const std::string& to) = 0;  // replaces `to`
  virtual Status sync_directory(const std::string& path) = 0;
  virtual StatusOr<DiskSpace> disk_space(const std::string& path) = 0;
  // Makes the file and locks it against other processes. Errors: kFailedPrecondition when taken.
  virtual StatusOr<std::unique_ptr<FileLock>> lock_file(const std::string& path) = 0;

  virtual int64_t wall_ms() = 0;       // since the Unix epoch; may jump
  virtual int64_t monotonic_us() = 0;  // for durations
  virtual void random_bytes(char* out, size_t count) = 0;

  // Runs body once on a thread of its own. kUnimplemented in simulation.
  virtual StatusOr<std::unique_ptr<Thread>> start_thread(const std::string& name,
                                                         ThreadPriority priority,
                                                         std::function<void()> body) = 0;
  // turn runs once per wake (coalesced), never twice at once.
  virtual std::unique_ptr<Worker> start_worker(const std::string& name, ThreadPriority priority,
                                               std::function<void()> turn) = 0;

  uint64_t random_u64();
};

// The machine itself. Lives for the whole process.
Env& posix_env();

// directory + "/" + name.
std::string join_path(std::string_view directory, std::string_view name);
// All but the last component ("." when there is one only).
std::string parent_path(std::string_view path);
// Makes the directory and its parents.
Status create_directories(Env& env, const std::string& path);
// Removes a directory of files (no directories in it). No error when it is absent.
Status remove_directory_and_files(Env& env, const std::string& path);
// The whole file. Errors: kResourceExhausted when it is larger than size_max.
StatusOr<std::string> read_file(Env& env, const std::string& path, size_t size_max);

}  // namespace kappa::env
