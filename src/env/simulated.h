#pragma once
// A machine in memory, under one seed: files and directories that know what was synced, a clock
// that moves when told, workers that run when told. For crash tests and simulation.
//
//   SimulatedEnv env(seed);
//   env.fail_call(17, Failure::kPowerOff);   // the 17th changing call from now, and all after it
//   … use env through Env until calls fail …
//   env.restart(Loss::kTorn);                // what the disk holds now; old handles are dead
//   … open everything again and check …
//
// What is modelled: an unsynced write may be lost, kept, or kept in part, independently of later
// ones; creations, renames and removals in a directory become durable in their order (as journaling
// file systems do), all of them at sync_directory(). Confined to one thread.

#include <cstdint>
#include <map>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "env/env.h"

namespace kappa::env {

// What happens to a call that was chosen to fail. Only calls that change something are counted:
// writes, truncations, syncs, creations, removals, renames.
enum class Failure {
  kError,     // fails and does nothing; the next calls work
  kPartial,   // a write leaves its first half, then fails; other calls as kError
  kPowerOff,  // a write may be torn; this call and all later ones fail until restart()
  kNoSpace,   // from this call on writes fail, the first one half done, until free_space()
};

// What a stop leaves of what was not synced.
enum class Loss {
  kNothing,   // the process was killed: all of it is there
  kUnsynced,  // the power failed and nothing unsynced reached the disk
  kTorn,      // the power failed and some of it did, chosen by the seed
};

class SimulatedEnv : public Env {
 public:
  explicit SimulatedEnv(uint64_t seed);
  ~SimulatedEnv() override;

  // Faults and time, for the test.
  void fail_call(uint64_t calls_from_now, Failure failure);  // 1: the next one
  uint64_t call_count() const { return call_count_; }
  bool is_off() const { return is_off_; }
  void power_off() { is_off_ = true; }
  void free_space() { is_full_ = false; }
  void restart(Loss loss);
  // Flips bits of a byte that is on the disk, as a failing medium does.
  void damage_byte(const std::string& path, int64_t position, uint8_t mask = 0xff);
  // What disk_space() tells; writes do not use it up.
  void set_disk_space(const DiskSpace& space) { disk_space_ = space; }
  void advance_ms(int64_t ms) { wall_ms_ += ms; }
  // Runs the turn of one worker, chosen by the seed among those asked for or due. False: none is.
  bool run_some_worker();
  // Runs the workers' turns until none is asked for or due.
  void run_workers();
  // The same while so much time passes: each turn runs when it is due.
  void run_workers_for(int64_t ms);

  StatusOr<std::unique_ptr<File>> open_file(const std::string& path, OpenMode mode) override;
  Status create_directory(const std::string& path) override;
  StatusOr<std::vector<std::string>> list_directory(const std::string& path) override;
  bool exists(const std::string& path) override;
  Status remove_file(const std::string& path) override;
  Status remove_directory(const std::string& path) override;
  Status rename(const std::string& from, const std::string& to) override;
  Status sync_directory(const std::string& path) override;
  StatusOr<DiskSpace> disk_space(const std::string& path) override;
  StatusOr<std::unique_ptr<FileLock>> lock_file(const std::string& path) override;
  int64_t wall_ms() override { return wall_ms_; }
  int64_t monotonic_us() override { return wall_ms_ * 1000; }
  void random_bytes(char* out, size_t count) override;
  StatusOr<std::unique_ptr<Thread>> start_thread(const std::string& name, ThreadPriority priority,
                                                 std::function<void()> body) override;
  std::unique_ptr<Worker> start_worker(const std::string& name, ThreadPriority priority,
                                       std::function<void()> turn) override;

 private:
  class SimulatedFile;
  class SimulatedLock;
  class SimulatedWorker;
  struct Node;
  struct Change;  // of a file's bytes
  struct Entry;   // a change of a directory
  using NodePtr = std::shared_ptr<Node>;

  // Counts a changing call: OK, or the failure chosen for it.
  Status begin_call(Failure* failure = nullptr);
  NodePtr find(const std::string& path) const;
  // The directory that holds path's last component.
  StatusOr<NodePtr> parent_of(const std::string& path) const;
  void lose(Node& node, Loss loss);
  void lose_bytes(Node& file, Loss loss);

  std::mt19937_64 random_;
  NodePtr root_;
  int64_t wall_ms_ = 1'700'000'000'000;
  uint64_t call_count_ = 0;
  uint64_t failing_call_ = 0;  // 0: none
  Failure failure_ = Failure::kError;
  bool is_off_ = false;
  DiskSpace disk_space_{.total_bytes = int64_t{1} << 40, .usable_bytes = int64_t{1} << 39};
  bool is_full_ = false;
  uint64_t life_ = 0;  // restarts so far; handles of an earlier life are dead
  std::set<std::string> locked_;
  std::vector<SimulatedWorker*> workers_;
};

}  // namespace kappa::env
