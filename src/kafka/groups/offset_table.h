#pragma once
// The offsets that one group has committed. A commit is visible once it is durable; from the
// moment it is on its way to the log its place is known, so that deletion reaches it too.
//
//   begin(topic, partition) -> append to the log -> finish(…) with the place of the record
//
// What was appended later wins, in whatever order it finishes. Confined to its group.

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "kafka/groups/group_records.h"

namespace kappa::kafka {

struct TopicPartition {
  std::string topic;
  int32_t partition = 0;

  friend auto operator<=>(const TopicPartition&, const TopicPartition&) = default;
};

class OffsetTable {
 public:
  void begin(const TopicPartition& place);
  // Once per begin(). written_at: of the record in the log; nullopt: it could not be written.
  // committed nullopt: a tombstone.
  void finish(const TopicPartition& place, std::optional<CommittedOffset> committed,
              std::optional<Offset> written_at);
  // What the log says when it is read back.
  void restore(const TopicPartition& place, CommittedOffset committed, Offset written_at);

  // nullptr: none.
  const CommittedOffset* find(std::string_view topic, int32_t partition) const;
  // In order of topic and partition.
  void for_each(const std::function<void(const TopicPartition&, const CommittedOffset&)>& fn) const;
  // Every place that is known: committed, or on its way.
  std::vector<TopicPartition> places() const;
  // Nothing is known, nothing is on its way.
  bool empty() const { return slots_.empty(); }

 private:
  struct Slot {
    std::optional<CommittedOffset> committed;
    Offset written_at{-1};
    int writes_under_way = 0;
  };
  using Slots = std::map<TopicPartition, Slot>;

  static void apply(Slot& slot, std::optional<CommittedOffset> committed, Offset written_at);
  void drop_if_empty(Slots::iterator slot);

  Slots slots_;
};

}  // namespace kappa::kafka
