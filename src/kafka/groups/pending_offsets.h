#pragma once
// Offsets that open transactions have committed to one group: in the log, and visible when their
// transaction is committed. Confined to its group.

#include <algorithm>
#include <map>
#include <string_view>
#include <utility>

#include "kafka/groups/offset_table.h"

namespace kappa::kafka {

struct PendingOffset {
  CommittedOffset committed;
  Offset written_at;
};

class PendingOffsets {
 public:
  using Places = std::map<TopicPartition, PendingOffset>;

  // A write is under way; once per finish().
  void begin(int64_t producer_id) { ++producers_[producer_id].writes_under_way; }
  void finish(int64_t producer_id) {
    auto it = producers_.find(producer_id);
    --it->second.writes_under_way;
    drop_if_empty(it);
  }
  // What is in the log at this place of it.
  void add(int64_t producer_id, const TopicPartition& place, CommittedOffset committed,
           Offset written_at) {
    PendingOffset& pending = producers_[producer_id].places[place];
    if (written_at >= pending.written_at) pending = {std::move(committed), written_at};
  }
  // The transaction is over: gives what it committed and forgets it.
  Places take(int64_t producer_id) {
    auto it = producers_.find(producer_id);
    if (it == producers_.end()) return {};
    Places places = std::exchange(it->second.places, {});
    drop_if_empty(it);
    return places;
  }
  void forget_topic(std::string_view topic) {
    for (auto it = producers_.begin(); it != producers_.end();) {
      std::erase_if(it->second.places,
                    [topic](const auto& entry) { return entry.first.topic == topic; });
      drop_if_empty(it++);
    }
  }

  bool contains(const TopicPartition& place) const {
    return std::any_of(producers_.begin(), producers_.end(),
                       [&place](const auto& entry) { return entry.second.places.contains(place); });
  }
  bool empty() const { return producers_.empty(); }

 private:
  struct Producer {
    Places places;
    int writes_under_way = 0;
  };
  using Producers = std::map<int64_t, Producer>;

  void drop_if_empty(Producers::iterator it) {
    if (it->second.places.empty() && it->second.writes_under_way == 0) producers_.erase(it);
  }

  Producers producers_;
};

}  // namespace kappa::kafka
