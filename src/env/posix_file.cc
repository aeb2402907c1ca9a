#include "env/posix_file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>

#include "env/open_files.h"

namespace kappa::env {
namespace {

// Of the errors that sendfile gives: the others are the file's.
bool is_of_socket(int error) {
  return error == EPIPE || error == ECONNRESET || error == ETIMEDOUT || error == ENOTCONN ||
         error == EHOSTUNREACH || error == ENETUNREACH || error == ENETDOWN || error == EBADF;
}

class PosixFile : public File {
 public:
  PosixFile(int fd, std::string path, int flags, int64_t size)
      : file_(fd, std::move(path), flags), size_(size) {}

  Status append(std::string_view bytes) override { return write_at(size_, bytes); }

  Status write_at(int64_t position, std::string_view bytes) override {
    ASSIGN_OR_RETURN(auto descriptor, file_.use());
    file_.set_unsynced(true);
    Status status = write_all(descriptor->get(), position, bytes);
    file_.set_unsynced(true);  // also when a sync ran meanwhile
    return status;
  }

  StatusOr<size_t> read_at(int64_t position, size_t count, char* out) const override {
    ASSIGN_OR_RETURN(auto descriptor, file_.use());
    size_t done = 0;
    while (done < count) {
      ssize_t n = ::pread(descriptor->get(), out + done, count - done,
                          position + static_cast<int64_t>(done));
      if (n < 0 && errno == EINTR) continue;
      if (n < 0) return errno_status(errno, "read", file_.path());
      if (n == 0) break;
      done += static_cast<size_t>(n);
    }
    return done;
  }

  StatusOr<size_t> send_to(int socket, int64_t position, size_t count) const override {
    ASSIGN_OR_RETURN(auto descriptor, file_.use());
    off_t from = position;
    ssize_t n;
    do {
      n = ::sendfile(socket, descriptor->get(), &from, count);
    } while (n < 0 && errno == EINTR);
    if (n > 0) return static_cast<size_t>(n);
    if (n == 0) return data_loss("file is too short: position={} path={}", position, file_.path());
    if (errno == EAGAIN) return 0;
    if (errno == EINVAL || errno == ENOSYS) return File::send_to(socket, position, count);
    if (is_of_socket(errno)) return aborted("peer is gone");
    return errno_status(errno, "send", file_.path());
  }

  Status truncate(int64_t size) override {
    ASSIGN_OR_RETURN(auto descriptor, file_.use());
    file_.set_unsynced(true);
    if (::ftruncate(descriptor->get(), size) != 0)
      return errno_status(errno, "truncate", file_.path());
    file_.set_unsynced(true);
    size_ = size;
    return OkStatus();
  }

  StatusOr<int64_t> size() const override { return size_.load(); }

  Status sync() override {
    ASSIGN_OR_RETURN(auto descriptor, file_.use());
    file_.set_unsynced(false);
    if (::fdatasync(descriptor->get()) == 0) return OkStatus();
    const int error = errno;
    file_.set_unsynced(true);
    return errno_status(error, "sync", file_.path());
  }

 private:
  Status write_all(int fd, int64_t position, std::string_view bytes) {
    while (!bytes.empty()) {
      ssize_t n = ::pwrite(fd, bytes.data(), bytes.size(), position);
      if (n < 0 && errno == EINTR) continue;
      if (n < 0) return errno_status(errno, "write", file_.path());
      bytes.remove_prefix(static_cast<size_t>(n));
      position += n;
      if (position > size_) size_ = position;
    }
    return OkStatus();
  }

  OpenFile file_;
  std::atomic<int64_t> size_;
};

class PosixLock : public FileLock {
 public:
  explicit PosixLock(int fd) : fd_(fd) {}

 private:
  Descriptor fd_;
};

int open_flags(OpenMode mode) {
  switch (mode) {
    case OpenMode::kRead:
      return O_RDONLY;
    case OpenMode::kWrite:
      return O_RDWR;
    case OpenMode::kCreate:
      return O_RDWR | O_CREAT;
    case OpenMode::kCreateNew:
      return O_RDWR | O_CREAT | O_EXCL;
    case OpenMode::kOverwrite:
      return O_RDWR | O_CREAT | O_TRUNC;
  }
  return O_RDONLY;
}

}  // namespace

Status errno_status(int error, std::string_view doing, std::string_view path) {
  StatusCode code = StatusCode::kUnavailable;
  if (error == ENOENT) code = StatusCode::kNotFound;
  if (error == EEXIST) code = StatusCode::kAlreadyExists;
  if (error == ENOSPC || error == EDQUOT) code = StatusCode::kResourceExhausted;
  char text[128];
  return make_status(code, "{} failed: {}: path={}", doing, strerror_r(error, text, sizeof text),
                     path);
}

StatusOr<std::unique_ptr<File>> open_posix_file(const std::string& path, OpenMode mode) {
  int fd = ::open(path.c_str(), open_flags(mode) | O_CLOEXEC, 0644);
  if (fd < 0) return errno_status(errno, "open", path);
  struct stat st;
  if (::fstat(fd, &st) != 0) {
    int error = errno;
    ::close(fd);
    return errno_status(error, "stat", path);
  }
  return std::make_unique<PosixFile>(fd, path, open_flags(mode), st.st_size);
}

StatusOr<std::unique_ptr<FileLock>> lock_posix_file(const std::string& path) {
  int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  if (fd < 0) return errno_status(errno, "open", path);
  auto lock = std::make_unique<PosixLock>(fd);
  if (::flock(fd, LOCK_EX | LOCK_NB) != 0) {
    if (errno == EWOULDBLOCK)
      return failed_precondition("in use by another process: lock={}", path);
    return errno_status(errno, "lock", path);
  }
  return lock;
}

Status sync_posix_directory(const std::string& path) {
  Descriptor fd(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (fd.get() < 0) return errno_status(errno, "open directory", path);
  if (::fsync(fd.get()) != 0) return errno_status(errno, "sync directory", path);
  return OkStatus();
}

}  // namespace kappa::env
