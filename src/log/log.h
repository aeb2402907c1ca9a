#pragma once
// The log: all topics of one data directory and their partitions. The only truth of the program.
// Owns the partitions, the group-commit flusher and the durable list of topics.
// Thread-safe. One Log per directory: a lock file refuses the second.

#include <absl/functional/function_ref.h>

#include <compare>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "base/types.h"
#include "env/env.h"
#include "log/partition.h"

namespace kappa::log {

// Kafka's names with Kafka's meanings, plus "durability" = "sync" (default) | "os". Only known
// names are accepted; values are kept as text, as they were given.
using TopicSettings = std::map<std::string, std::string>;

struct TopicDescription {
  std::string name;
  TopicId id;
  int32_t partition_count = 1;
  TopicSettings settings;
};

// Who has settings besides topics (log/server_settings.h). Names are of brokers and groups.
enum class SettingsScope : int8_t { kCluster = 0, kBroker = 1, kGroup = 2 };
struct SettingsOwner {
  SettingsScope scope = SettingsScope::kCluster;
  std::string name;

  friend auto operator<=>(const SettingsOwner&, const SettingsOwner&) = default;
};

struct LogOptions {
  std::string directory;
  int64_t segment_bytes = int64_t{1} << 30;  // default of segment.bytes
  int64_t message_bytes_max = 1'048'588;     // default of max.message.bytes
  int64_t index_interval_bytes = 4096;
  TopicSettings defaults;  // of topics that set nothing; these come before the three above
  // For retention and compaction: reads and writes together, and the memory for a compaction's keys
  // (24 bytes each).
  int64_t background_bytes_per_second = int64_t{64} << 20;
  size_t compaction_memory_bytes = size_t{128} << 20;
  // Nothing is deleted or compacted before begin_upkeep(): for readers that must hold first what
  // their state is made from.
  bool is_upkeep_deferred = false;
};

// Who is asked before a topic changes, and told after: the engine, whose views read topics. Called
// by the thread that makes the change, under a lock of the log: it must not change topics.
class TopicObserver {
 public:
  virtual ~TopicObserver() = default;
  // Not OK refuses the change. Errors: kFailedPrecondition.
  virtual Status check_change(const TopicDescription& before, const TopicDescription& after) = 0;
  virtual void changed(const TopicDescription& topic) = 0;
};

enum class ChangeMode { kApply, kCheckOnly };

class Log {
 public:
  // Locks the directory, recovers every partition (what was cut or fenced is logged and kept in
  // recovery_notes()). Errors: kFailedPrecondition when another process holds the directory.
  static StatusOr<std::unique_ptr<Log>> open(env::Env& env, LogOptions options);
  virtual ~Log() = default;

  // Durable when it returns. Errors: kAlreadyExists, kInvalidArgument (name, count, settings).
  virtual StatusOr<TopicDescription> create_topic(std::string_view name, int32_t partition_count,
                                                  TopicSettings settings) = 0;
  // Readers that hold a Partition keep reading what they mapped; new lookups find nothing.
  virtual Status delete_topic(const TopicId& id) = 0;
  // Goes up whenever a topic is made, deleted or changed: who remembers topics compares it.
  virtual uint64_t topics_version() const = 0;
  // Changes a topic's settings as `change` says, at once for its open partitions too. Durable when
  // it returns. Errors: kNotFound, kInvalidArgument, those of `change` and of the observer.
  using SettingsChange = absl::FunctionRef<Status(TopicSettings&)>;
  virtual StatusOr<TopicDescription> change_settings(const TopicId& id, SettingsChange change,
                                                     ChangeMode mode) = 0;
  // Gives a topic more partitions: so many in all. Durable when it returns. Errors: kNotFound,
  // kInvalidArgument (not more than there are, or too many), those of the observer.
  virtual StatusOr<TopicDescription> add_partitions(const TopicId& id, int32_t partition_count,
                                                    ChangeMode mode) = 0;
  // What an owner besides topics has set; empty: nothing.
  virtual TopicSettings server_settings(const SettingsOwner& owner) const = 0;
  // Those that have set something, in order.
  virtual std::vector<SettingsOwner> settings_owners() const = 0;
  // Changes them as `change` says; defaults of topics hold for open partitions at once. Durable
  // when it returns. Errors: kInvalidArgument, kFailedPrecondition (a default that stays while the
  // server runs; too many owners), those of `change`.
  virtual Status change_server_settings(const SettingsOwner& owner, SettingsChange change,
                                        ChangeMode mode) = 0;
  // What it was opened with, and the changed defaults.
  virtual LogOptions options() const = 0;
  // There is one observer at most; nullptr takes it away, and waits for a call under way.
  virtual void observe(TopicObserver* observer) = 0;
  // In name order; user topics and ours (`__kappa_…`).
  virtual std::vector<TopicDescription> topics() const = 0;
  // Errors: kNotFound.
  virtual StatusOr<TopicDescription> find_topic(std::string_view name) const = 0;
  virtual StatusOr<TopicDescription> find_topic(const TopicId& id) const = 0;
  virtual StatusOr<std::shared_ptr<Partition>> partition(const TopicId& id,
                                                         int32_t index) const = 0;

  // A producer id never given out before, durable before it returns.
  virtual StatusOr<int64_t> allocate_producer_id() = 0;

  // Lets retention and compaction begin where they were deferred.
  virtual void begin_upkeep() = 0;

  // What recovery cut or fenced, a sentence each; empty after a clean stop.
  virtual std::vector<std::string> recovery_notes() const = 0;

  // Syncs everything and writes the clean-stop marker. No appends after it.
  virtual Status close() = 0;
};

}  // namespace kappa::log
