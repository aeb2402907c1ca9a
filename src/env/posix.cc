#include <dirent.h>
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <thread>

#include "base/check.h"
#include "env/descriptors.h"
#include "env/env.h"
#include "env/open_files.h"
#include "env/posix_file.h"

namespace kappa::env {
namespace {

// Names the calling thread and sets its niceness (which Linux keeps per thread).
void prepare_thread(const std::string& name, ThreadPriority priority) {
  pthread_setname_np(pthread_self(), name.substr(0, 15).c_str());
  if (priority == ThreadPriority::kBackground)
    setpriority(PRIO_PROCESS, static_cast<id_t>(syscall(SYS_gettid)), 10);
}

class PosixThread : public Thread {
 public:
  PosixThread(const std::string& name, ThreadPriority priority, std::function<void()> body)
      : thread_([name, priority, body = std::move(body)] {
          prepare_thread(name, priority);
          body();
        }) {}
  ~PosixThread() override { join(); }
  void join() override {
    if (thread_.joinable()) thread_.join();
  }

 private:
  std::thread thread_;
};

class PosixWorker : public Worker {
 public:
  PosixWorker(const std::string& name, ThreadPriority priority, std::function<void()> turn)
      : turn_(std::move(turn)), thread_(name, priority, [this] { run(); }) {}
  ~PosixWorker() override {
    {
      std::lock_guard lock(mutex_);
      is_stopping_ = true;
    }
    changed_.notify_one();
    thread_.join();
  }
  void wake() override {
    {
      std::lock_guard lock(mutex_);
      if (is_wanted_) return;
      is_wanted_ = true;
    }
    changed_.notify_one();
  }
  void wake_after(int64_t delay_ms) override {
    const auto due =
        Clock::now() + std::chrono::milliseconds(std::clamp<int64_t>(delay_ms, 0, kDelayMsMax));
    {
      std::lock_guard lock(mutex_);
      if (due_.has_value() && *due_ <= due) return;
      due_ = due;
    }
    changed_.notify_one();
  }

 private:
  using Clock = std::chrono::steady_clock;
  static constexpr int64_t kDelayMsMax = int64_t{365} * 24 * 3600 * 1000;

  // Waits for a wake, a due time or the end.
  void wait(std::unique_lock<std::mutex>& lock) {
    while (!is_wanted_ && !is_stopping_) {
      if (!due_.has_value()) {
        changed_.wait(lock);
      } else if (Clock::now() >= *due_) {
        return;
      } else {
        changed_.wait_until(lock, Clock::time_point(*due_));
      }
    }
  }
  void run() {
    std::unique_lock lock(mutex_);
    while (true) {
      wait(lock);
      if (is_stopping_) return;
      is_wanted_ = false;
      due_.reset();
      lock.unlock();
      turn_();
      lock.lock();
    }
  }

  const std::function<void()> turn_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool is_wanted_ = false;                // guarded by mutex_
  bool is_stopping_ = false;              // guarded by mutex_
  std::optional<Clock::time_point> due_;  // guarded by mutex_
  PosixThread thread_;                    // last: it uses all of the above
};

int64_t clock_us(clockid_t clock) {
  timespec t;
  clock_gettime(clock, &t);
  return int64_t{t.tv_sec} * 1'000'000 + t.tv_nsec / 1000;
}

class PosixEnv : public Env {
 public:
  StatusOr<std::unique_ptr<File>> open_file(const std::string& path, OpenMode mode) override {
    return open_posix_file(path, mode);
  }
  Status create_directory(const std::string& path) override {
    if (::mkdir(path.c_str(), 0755) == 0 || errno == EEXIST) return OkStatus();
    return errno_status(errno, "create directory", path);
  }
  StatusOr<std::vector<std::string>> list_directory(const std::string& path) override {
    DIR* directory = ::opendir(path.c_str());
    if (directory == nullptr) return errno_status(errno, "list directory", path);
    std::vector<std::string> names;
    while (dirent* entry = ::readdir(directory)) {
      std::string name = entry->d_name;
      if (name != "." && name != "..") names.push_back(std::move(name));
    }
    ::closedir(directory);
    std::sort(names.begin(), names.end());
    return names;
  }
  bool exists(const std::string& path) override { return ::access(path.c_str(), F_OK) == 0; }
  Status remove_file(const std::string& path) override {
    RETURN_IF_ERROR(OpenFiles::instance().keep(path));
    if (::unlink(path.c_str()) != 0) return errno_status(errno, "remove", path);
    return OkStatus();
  }
  Status remove_directory(const std::string& path) override {
    if (::rmdir(path.c_str()) != 0) return errno_status(errno, "remove directory", path);
    return OkStatus();
  }
  Status rename(const std::string& from, const std::string& to) override {
    RETURN_IF_ERROR(OpenFiles::instance().keep(from));
    RETURN_IF_ERROR(OpenFiles::instance().keep(to));
    if (::rename(from.c_str(), to.c_str()) != 0) return errno_status(errno, "rename", from);
    return OkStatus();
  }
  Status sync_directory(const std::string& path) override { return sync_posix_directory(path); }
  StatusOr<DiskSpace> disk_space(const std::string& path) override {
    struct statvfs disk {};
    if (::statvfs(path.c_str(), &disk) != 0) return errno_status(errno, "ask for space", path);
    const auto block_bytes = static_cast<int64_t>(disk.f_frsize);
    return DiskSpace{.total_bytes = static_cast<int64_t>(disk.f_blocks) * block_bytes,
                     .usable_bytes = static_cast<int64_t>(disk.f_bavail) * block_bytes};
  }
  StatusOr<std::unique_ptr<FileLock>> lock_file(const std::string& path) override {
    return lock_posix_file(path);
  }

  int64_t wall_ms() override { return clock_us(CLOCK_REALTIME) / 1000; }
  int64_t monotonic_us() override { return clock_us(CLOCK_MONOTONIC); }
  void random_bytes(char* out, size_t count) override {
    while (count > 0) {
      ssize_t n = ::getrandom(out, count, 0);
      if (n < 0 && errno == EINTR) continue;
      KAPPA_CHECK(n > 0);
      out += n;
      count -= static_cast<size_t>(n);
    }
  }

  StatusOr<std::unique_ptr<Thread>> start_thread(const std::string& name, ThreadPriority priority,
                                                 std::function<void()> body) override {
    try {
      return std::make_unique<PosixThread>(name, priority, std::move(body));
    } catch (const std::system_error& error) {
      return resource_exhausted("cannot start a thread: {}: name={}", error.what(), name);
    }
  }
  std::unique_ptr<Worker> start_worker(const std::string& name, ThreadPriority priority,
                                       std::function<void()> turn) override {
    return std::make_unique<PosixWorker>(name, priority, std::move(turn));
  }
};

}  // namespace

size_t raise_descriptor_limit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return 0;
  const rlim_t before = limit.rlim_cur;
  limit.rlim_cur = limit.rlim_max;
  return setrlimit(RLIMIT_NOFILE, &limit) == 0 ? limit.rlim_cur : before;
}

void set_open_files_max(size_t count) { OpenFiles::instance().set_limit(count); }

Env& posix_env() {
  static PosixEnv* env = new PosixEnv();
  return *env;
}

}  // namespace kappa::env
