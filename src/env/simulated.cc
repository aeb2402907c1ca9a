#include "env/simulated.h"

#include <algorithm>
#include <cstring>

#include "base/check.h"

namespace kappa::env {

struct SimulatedEnv::Change {
  bool is_truncation = false;
  size_t position = 0;  // of the write; the new size of a truncation
  std::string bytes;

  void apply(std::string& content) const {
    if (is_truncation) return content.resize(position);
    if (content.size() < position + bytes.size()) content.resize(position + bytes.size());
    content.replace(position, bytes.size(), bytes);
  }
};

struct SimulatedEnv::Entry {
  std::string removed;  // a name that goes; empty: none
  std::string added;    // a name that comes, for `node`
  NodePtr node;

  void apply(std::map<std::string, NodePtr>& entries) const {
    if (!removed.empty()) entries.erase(removed);
    if (!added.empty()) entries[added] = node;
  }
};

// A file or a directory: what processes see, what is on the disk, and the way between.
struct SimulatedEnv::Node {
  bool is_directory = false;
  std::string content, durable_content;
  std::vector<Change> changes;
  std::map<std::string, NodePtr> entries, durable_entries;
  std::vector<Entry> entry_changes;

  void change(Entry entry) {
    entry.apply(entries);
    entry_changes.push_back(std::move(entry));
  }
};

class SimulatedEnv::SimulatedFile : public File {
 public:
  SimulatedFile(SimulatedEnv& env, NodePtr node, bool is_writable)
      : env_(env), node_(std::move(node)), life_(env.life_), is_writable_(is_writable) {}

  Status append(std::string_view bytes) override {
    return write_at(static_cast<int64_t>(node_->content.size()), bytes);
  }
  Status write_at(int64_t position, std::string_view bytes) override {
    Failure failure = Failure::kError;
    Status status = begin(&failure);
    if (!status.ok() && life_ != env_.life_) return status;
    if (!status.ok() && failure == Failure::kError) return status;
    const bool is_cut = failure == Failure::kPartial || failure == Failure::kNoSpace;
    if (!status.ok() && is_cut) bytes = bytes.substr(0, bytes.size() / 2);
    change({false, static_cast<size_t>(position), std::string(bytes)});
    return status;
  }
  StatusOr<size_t> read_at(int64_t position, size_t count, char* out) const override {
    if (life_ != env_.life_ || env_.is_off_) return unavailable("read failed: power is off");
    auto start = std::min(static_cast<size_t>(position), node_->content.size());
    count = std::min(count, node_->content.size() - start);
    std::memcpy(out, node_->content.data() + start, count);
    return count;
  }
  Status truncate(int64_t size) override {
    RETURN_IF_ERROR(begin(nullptr));
    change({true, static_cast<size_t>(size), {}});
    return OkStatus();
  }
  StatusOr<int64_t> size() const override { return static_cast<int64_t>(node_->content.size()); }
  Status sync() override {
    RETURN_IF_ERROR(begin(nullptr));
    for (const Change& change : node_->changes) change.apply(node_->durable_content);
    node_->changes.clear();
    return OkStatus();
  }

 private:
  Status begin(Failure* failure) {
    if (life_ != env_.life_) return unavailable("file is of a process that ended");
    if (!is_writable_) return permission_denied("file is open for reading only");
    return env_.begin_call(failure);
  }
  void change(Change change) {
    change.apply(node_->content);
    node_->changes.push_back(std::move(change));
  }

  SimulatedEnv& env_;
  const NodePtr node_;
  const uint64_t life_;
  const bool is_writable_;
};

class SimulatedEnv::SimulatedLock : public FileLock {
 public:
  SimulatedLock(SimulatedEnv& env, std::string path)
      : env_(env), path_(std::move(path)), life_(env.life_) {}
  ~SimulatedLock() override {
    if (life_ == env_.life_) env_.locked_.erase(path_);
  }

 private:
  SimulatedEnv& env_;
  const std::string path_;
  const uint64_t life_;
};

class SimulatedEnv::SimulatedWorker : public Worker {
 public:
  SimulatedWorker(SimulatedEnv& env, std::function<void()> turn)
      : env_(env), turn_(std::move(turn)) {
    env_.workers_.push_back(this);
  }
  ~SimulatedWorker() override { std::erase(env_.workers_, this); }
  void wake() override { is_wanted_ = true; }
  void wake_after(int64_t delay_ms) override {
    due_us_ = std::min(due_us_, env_.monotonic_us() + delay_ms * 1000);
  }
  int64_t due_us() const { return is_wanted_ ? 0 : due_us_; }
  bool is_due() const { return due_us() <= env_.monotonic_us(); }
  bool run() {
    if (!is_due()) return false;
    is_wanted_ = false;
    due_us_ = INT64_MAX;
    turn_();
    return true;
  }

 private:
  SimulatedEnv& env_;
  const std::function<void()> turn_;
  bool is_wanted_ = false;
  int64_t due_us_ = INT64_MAX;
};

namespace {

std::vector<std::string> components(const std::string& path) {
  std::vector<std::string> parts;
  for (size_t start = 0; start <= path.size();) {
    size_t slash = std::min(path.find('/', start), path.size());
    if (slash > start && path.substr(start, slash - start) != ".")
      parts.push_back(path.substr(start, slash - start));
    start = slash + 1;
  }
  return parts;
}

std::string last_component(const std::string& path) {
  auto parts = components(path);
  return parts.empty() ? "" : parts.back();
}

}  // namespace

SimulatedEnv::SimulatedEnv(uint64_t seed) : random_(seed), root_(std::make_shared<Node>()) {
  root_->is_directory = true;
}
SimulatedEnv::~SimulatedEnv() = default;

void SimulatedEnv::fail_call(uint64_t calls_from_now, Failure failure) {
  failing_call_ = call_count_ + calls_from_now;
  failure_ = failure;
}

Status SimulatedEnv::begin_call(Failure* failure) {
  if (is_off_) return unavailable("power is off");
  const bool is_write = failure != nullptr;
  if (++call_count_ == failing_call_ && failure_ == Failure::kNoSpace) {
    is_full_ = true;
    if (is_write) *failure = failure_;
    return is_write ? resource_exhausted("the disk is full") : OkStatus();
  }
  if (is_full_ && is_write) return resource_exhausted("the disk is full");
  if (call_count_ != failing_call_) return OkStatus();
  is_off_ = failure_ == Failure::kPowerOff;
  if (failure != nullptr) *failure = failure_;
  return unavailable("failure was asked for: call={}", call_count_);
}

void SimulatedEnv::restart(Loss loss) {
  lose(*root_, loss);
  ++life_;
  is_off_ = false;
  is_full_ = false;
  failing_call_ = 0;
  locked_.clear();
}

void SimulatedEnv::lose(Node& node, Loss loss) {
  if (!node.is_directory) return lose_bytes(node, loss);
  size_t kept = node.entry_changes.size();
  if (loss == Loss::kUnsynced) kept = 0;
  if (loss == Loss::kTorn) kept = random_() % (kept + 1);
  for (size_t i = 0; i < kept; ++i) node.entry_changes[i].apply(node.durable_entries);
  node.entry_changes.clear();
  node.entries = node.durable_entries;
  for (auto& [name, child] : node.entries) lose(*child, loss);
}

void SimulatedEnv::lose_bytes(Node& file, Loss loss) {
  for (Change& change : file.changes) {
    uint64_t dice = loss == Loss::kTorn ? random_() % 4 : 0;
    if (loss == Loss::kUnsynced || dice == 1) continue;
    if (dice == 2 && !change.is_truncation)
      change.bytes.resize(random_() % (change.bytes.size() + 1));
    change.apply(file.durable_content);
  }
  file.changes.clear();
  file.content = file.durable_content;
}

void SimulatedEnv::damage_byte(const std::string& path, int64_t position, uint8_t mask) {
  NodePtr node = find(path);
  KAPPA_CHECK(node != nullptr && !node->is_directory);
  auto at = static_cast<size_t>(position);
  KAPPA_CHECK_LT(at, node->content.size());
  node->content[at] = static_cast<char>(node->content[at] ^ mask);
  if (at < node->durable_content.size()) node->durable_content[at] = node->content[at];
}

bool SimulatedEnv::run_some_worker() {
  std::vector<SimulatedWorker*> due;
  for (SimulatedWorker* worker : workers_) {
    if (worker->is_due()) due.push_back(worker);
  }
  return !due.empty() && due[random_() % due.size()]->run();
}

void SimulatedEnv::run_workers() {
  bool has_run = true;
  while (has_run) {
    has_run = false;
    for (size_t i = 0; i < workers_.size(); ++i) has_run |= workers_[i]->run();
  }
}

void SimulatedEnv::run_workers_for(int64_t ms) {
  const int64_t end_us = monotonic_us() + ms * 1000;
  run_workers();
  while (true) {
    int64_t next_us = INT64_MAX;
    for (const SimulatedWorker* worker : workers_) next_us = std::min(next_us, worker->due_us());
    if (next_us > end_us) break;
    wall_ms_ = std::max(wall_ms_, next_us / 1000);
    run_workers();
  }
  wall_ms_ = end_us / 1000;
}

SimulatedEnv::NodePtr SimulatedEnv::find(const std::string& path) const {
  NodePtr node = root_;
  for (const std::string& name : components(path)) {
    auto it = node->entries.find(name);
    if (it == node->entries.end()) return nullptr;
    node = it->second;
  }
  return node;
}

StatusOr<SimulatedEnv::NodePtr> SimulatedEnv::parent_of(const std::string& path) const {
  NodePtr node = find(parent_path(path));
  if (node == nullptr || !node->is_directory) return not_found("no such directory: path={}", path);
  return node;
}

StatusOr<std::unique_ptr<File>> SimulatedEnv::open_file(const std::string& path, OpenMode mode) {
  if (is_off_) return unavailable("open failed: power is off");
  NodePtr node = find(path);
  if (node != nullptr && node->is_directory) return unavailable("is a directory: path={}", path);
  if (node != nullptr && mode == OpenMode::kCreateNew)
    return already_exists("file exists: path={}", path);
  if (node == nullptr && (mode == OpenMode::kRead || mode == OpenMode::kWrite))
    return not_found("no such file: path={}", path);
  if (node == nullptr) {
    ASSIGN_OR_RETURN(NodePtr parent, parent_of(path));
    RETURN_IF_ERROR(begin_call());
    node = std::make_shared<Node>();
    parent->change({"", last_component(path), node});
  }
  auto file = std::make_unique<SimulatedFile>(*this, node, mode != OpenMode::kRead);
  if (mode == OpenMode::kOverwrite && !node->content.empty()) RETURN_IF_ERROR(file->truncate(0));
  return file;
}

Status SimulatedEnv::create_directory(const std::string& path) {
  if (find(path) != nullptr) return OkStatus();
  ASSIGN_OR_RETURN(NodePtr parent, parent_of(path));
  RETURN_IF_ERROR(begin_call());
  auto node = std::make_shared<Node>();
  node->is_directory = true;
  parent->change({"", last_component(path), node});
  return OkStatus();
}

StatusOr<std::vector<std::string>> SimulatedEnv::list_directory(const std::string& path) {
  if (is_off_) return unavailable("list failed: power is off");
  NodePtr node = find(path);
  if (node == nullptr || !node->is_directory) return not_found("no such directory: path={}", path);
  std::vector<std::string> names;
  for (const auto& [name, child] : node->entries) names.push_back(name);
  return names;
}

bool SimulatedEnv::exists(const std::string& path) { return !is_off_ && find(path) != nullptr; }

Status SimulatedEnv::remove_file(const std::string& path) {
  NodePtr node = find(path);
  if (node == nullptr || node->is_directory) return not_found("no such file: path={}", path);
  RETURN_IF_ERROR(begin_call());
  (*parent_of(path))->change({last_component(path), "", nullptr});
  return OkStatus();
}

Status SimulatedEnv::remove_directory(const std::string& path) {
  NodePtr node = find(path);
  if (node == nullptr || !node->is_directory) return not_found("no such directory: path={}", path);
  if (!node->entries.empty()) return failed_precondition("directory is not empty: path={}", path);
  RETURN_IF_ERROR(begin_call());
  (*parent_of(path))->change({last_component(path), "", nullptr});
  return OkStatus();
}

Status SimulatedEnv::rename(const std::string& from, const std::string& to) {
  NodePtr node = find(from);
  if (node == nullptr) return not_found("no such file: path={}", from);
  ASSIGN_OR_RETURN(NodePtr source, parent_of(from));
  ASSIGN_OR_RETURN(NodePtr target, parent_of(to));
  if (source != target) return unimplemented("rename between directories: from={}", from);
  RETURN_IF_ERROR(begin_call());
  source->change({last_component(from), last_component(to), node});
  return OkStatus();
}

Status SimulatedEnv::sync_directory(const std::string& path) {
  NodePtr node = find(path);
  if (node == nullptr || !node->is_directory) return not_found("no such directory: path={}", path);
  RETURN_IF_ERROR(begin_call());
  node->durable_entries = node->entries;
  node->entry_changes.clear();
  return OkStatus();
}

StatusOr<DiskSpace> SimulatedEnv::disk_space(const std::string& path) {
  if (is_off_) return unavailable("ask for space failed: power is off");
  if (find(path) == nullptr) return not_found("no such file: path={}", path);
  return disk_space_;
}

StatusOr<std::unique_ptr<FileLock>> SimulatedEnv::lock_file(const std::string& path) {
  RETURN_IF_ERROR(open_file(path, OpenMode::kCreate).status());
  if (!locked_.insert(path).second)
    return failed_precondition("in use by another process: lock={}", path);
  return std::make_unique<SimulatedLock>(*this, path);
}

void SimulatedEnv::random_bytes(char* out, size_t count) {
  for (size_t i = 0; i < count; ++i) out[i] = static_cast<char>(random_());
}

StatusOr<std::unique_ptr<Thread>> SimulatedEnv::start_thread(const std::string& name,
                                                             ThreadPriority,
                                                             std::function<void()>) {
  return unimplemented("a simulated machine has no threads: name={}", name);
}

std::unique_ptr<Worker> SimulatedEnv::start_worker(const std::string&, ThreadPriority,
                                                   std::function<void()> turn) {
  return std::make_unique<SimulatedWorker>(*this, std::move(turn));
}

}  // namespace kappa::env
