#pragma once
// What a group needs from outside.

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "kafka/groups/group_options.h"
#include "kafka/groups/group_records.h"
#include "kafka/groups/group_settings.h"
#include "kafka/groups/topic_directory.h"
#include "kafka/journal/topic_journal.h"

namespace kappa::kafka {

class GroupHost {
 public:
  // error: a code of the protocol; written_at: of the first record, when there is none.
  using Stored = std::function<void(int16_t error, Offset written_at)>;

  virtual ~GroupHost() = default;
  virtual const GroupOptions& options() const = 0;
  virtual const TopicDirectory& topics() const = 0;
  virtual ConsumerTiming consumer_timing() const = 0;  // as things are; it may change
  virtual int64_t now_ms() = 0;                        // monotonic
  virtual int64_t wall_ms() = 0;                       // since the epoch
  virtual std::string random_id() = 0;
  // Appends the records as one batch, as part of the producer's transaction if there is one. Calls
  // done once they are durable, or have failed: later, or before this returns.
  virtual void store(std::vector<GroupRecord> records, std::optional<JournalProducer> producer,
                     Stored done) = 0;
  void store(std::vector<GroupRecord> records, Stored done) {
    store(std::move(records), std::nullopt, std::move(done));
  }
};

}  // namespace kappa::kafka
