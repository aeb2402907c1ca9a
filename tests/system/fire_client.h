#pragma once
// What the clients of the fire test share: each works in a thread of its own against a server that
// is killed again and again, counts what has come through, and reports what must not happen.

#include <absl/synchronization/mutex.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <random>
#include <string>
#include <thread>
#include <utility>

#include "kafka/librdkafka_handles.h"

namespace kappa::system_test {

// How long a client tries again before it calls that a finding.
constexpr std::chrono::seconds kPatience{90};

// A partition of a topic.
using Place = std::pair<std::string, int32_t>;

// What broke a law, in words. Thread-safe.
class Findings {
 public:
  void add(const std::string& finding);
  bool empty() const;
  // Waits for the time or for the first finding, whichever comes first.
  void wait(std::chrono::milliseconds time) const;

 private:
  mutable absl::Mutex mutex_;
  int count_ ABSL_GUARDED_BY(mutex_) = 0;
};

// Positions that a group's members were told to be committed. Thread-safe.
class Commits {
 public:
  void acknowledge(const Place& place, int64_t next);
  int64_t of(const Place& place) const;  // 0: none

 private:
  mutable absl::Mutex mutex_;
  std::map<Place, int64_t> next_ ABSL_GUARDED_BY(mutex_);
};

// The server as its clients know it, whatever process it is at the moment.
struct Site {
  std::string bootstrap;
  uint32_t seed = 0;
  bool is_verbose = false;
  Findings findings;
  Commits commits;  // of the readers
};

// librdkafka's settings that all clients have, and those given.
kappa::test::Settings with_site(const Site& site, kappa::test::Settings settings);

std::string text_of(const kappa::test::Error& error);

// Calls until the answer is a success or not worth another try. Longer than kPatience: a finding.
kappa::test::Error try_until_final(Site& site, const std::string& what,
                                   const std::function<rd_kafka_error_t*()>& call);

// What a transaction's records have come to, by their delivery reports: only a transaction whose
// records are all acknowledged is committed.
struct Deliveries {
  int64_t sent = 0;
  int64_t delivered = 0;
};

// A transactional producer that is ready; none: the site has a finding. The deliveries must outlive
// it, and are counted in the calls of its thread.
kappa::test::Handle make_transactional(Site& site, const std::string& id, Deliveries& deliveries);

// Gives whether every record of the transaction was acknowledged.
bool is_all_delivered(rd_kafka_t* producer, const Deliveries& deliveries);

// Copies the value. Gives whether it is in the producer's queue.
bool produce(rd_kafka_t* producer, const Place& place, const std::string& value);

class FireClient {
 public:
  FireClient(Site& site, std::string name, uint32_t number);
  virtual ~FireClient() = default;

  void start();
  void ask_to_stop() { is_stopping_ = true; }
  void join();

  const std::string& name() const { return name_; }
  // Grows with everything that was acknowledged.
  int64_t progress() const { return progress_; }

 protected:
  virtual void run() = 0;

  bool is_stopping() const { return is_stopping_ || !site_.findings.empty(); }
  void count_progress(int64_t count = 1) { progress_ += count; }
  void report(const std::string& finding) { site_.findings.add(name_ + ": " + finding); }
  uint32_t random_below(uint32_t limit) { return random_() % limit; }

  Site& site_;

 private:
  const std::string name_;
  std::mt19937 random_;  // of the thread
  std::atomic<bool> is_stopping_{false};
  std::atomic<int64_t> progress_{0};
  std::thread thread_;
};

}  // namespace kappa::system_test
