#include "env/open_files.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>

#include "env/posix_file.h"

namespace kappa::env {
namespace {

constexpr int kLooksMax = 64;  // at other files, for one that is opened

}  // namespace

Descriptor::~Descriptor() {
  if (fd_ >= 0) ::close(fd_);
}

// --- one file

OpenFile::OpenFile(int fd, std::string path, int flags)
    : path_(std::move(path)),
      flags_(flags & ~(O_CREAT | O_EXCL | O_TRUNC)),
      descriptor_(std::make_shared<Descriptor>(fd)) {
  OpenFiles::instance().add(this);
}

OpenFile::~OpenFile() {
  bool is_open;
  {
    absl::MutexLock lock(&mutex_);
    is_kept_ = true;  // it is open, or not, until it is forgotten
    is_open = descriptor_ != nullptr;
  }
  OpenFiles::instance().remove(this, is_open);
}

StatusOr<bool> OpenFile::open_again() const {
  if (descriptor_ != nullptr) return false;
  int fd = ::open(path_.c_str(), flags_ | O_CLOEXEC);
  if (fd < 0) return errno_status(errno, "open again", path_);
  descriptor_ = std::make_shared<Descriptor>(fd);
  return true;
}

StatusOr<std::shared_ptr<const Descriptor>> OpenFile::use() const {
  is_used_.store(true, std::memory_order_relaxed);
  std::shared_ptr<const Descriptor> descriptor;
  bool is_new;
  {
    absl::MutexLock lock(&mutex_);
    ASSIGN_OR_RETURN(is_new, open_again());
    descriptor = descriptor_;
  }
  if (is_new) OpenFiles::instance().opened_again();
  return descriptor;
}

void OpenFile::set_unsynced(bool is_unsynced) {
  absl::MutexLock lock(&mutex_);
  is_unsynced_ = is_unsynced;
}

bool OpenFile::give_back() {
  if (is_used_.exchange(false, std::memory_order_relaxed)) return false;
  absl::MutexLock lock(&mutex_);
  const bool is_in_use = descriptor_ == nullptr || descriptor_.use_count() > 1;
  if (is_in_use || is_unsynced_ || is_kept_) return false;
  descriptor_.reset();
  return true;
}

StatusOr<bool> OpenFile::keep() {
  absl::MutexLock lock(&mutex_);
  is_kept_ = true;
  return open_again();
}

// --- all files

OpenFiles& OpenFiles::instance() {
  static OpenFiles* files = new OpenFiles();
  return *files;
}

void OpenFiles::set_limit(size_t limit) {
  absl::MutexLock lock(&mutex_);
  limit_ = limit;
}

size_t OpenFiles::open_count() const {
  absl::MutexLock lock(&mutex_);
  return open_count_;
}

void OpenFiles::add(OpenFile* file) {
  absl::MutexLock lock(&mutex_);
  files_.emplace(file->path(), file);
  ++open_count_;
  give_back();
}

void OpenFiles::opened_again() {
  absl::MutexLock lock(&mutex_);
  ++open_count_;
  give_back();
}

void OpenFiles::remove(OpenFile* file, bool is_open) {
  absl::MutexLock lock(&mutex_);
  auto [begin, end] = files_.equal_range(file->path());
  auto it = std::find_if(begin, end, [file](const auto& entry) { return entry.second == file; });
  if (hand_ == it) ++hand_;
  files_.erase(it);
  if (is_open) --open_count_;
}

void OpenFiles::give_back() {
  for (int looks = 0; open_count_ > limit_ && looks < kLooksMax; ++looks) {
    if (hand_ == files_.end()) hand_ = files_.begin();
    if ((hand_++)->second->give_back()) --open_count_;
  }
}

Status OpenFiles::keep(std::string_view path) {
  absl::MutexLock lock(&mutex_);
  auto [begin, end] = files_.equal_range(path);
  for (auto it = begin; it != end; ++it) {
    ASSIGN_OR_RETURN(bool is_new, it->second->keep());
    if (is_new) ++open_count_;
  }
  return OkStatus();
}

}  // namespace kappa::env
