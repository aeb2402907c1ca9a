#pragma once
// A frontier: for each partition of some topics the next offset. What lies below it has been read.

#include <algorithm>
#include <map>
#include <vector>

#include "base/types.h"

namespace kappa::engine {

class Frontier {
 public:
  // The offsets of a topic's partitions; empty when the topic is not in the frontier.
  const std::vector<Offset>& of(const TopicId& topic) const {
    static const std::vector<Offset> kNone;
    auto found = topics_.find(topic);
    return found == topics_.end() ? kNone : found->second;
  }
  void set(const TopicId& topic, std::vector<Offset> offsets) {
    topics_[topic] = std::move(offsets);
  }
  // The offset of one partition; 0 where it is not in the frontier.
  Offset at(const TopicId& topic, size_t partition) const {
    const std::vector<Offset>& offsets = of(topic);
    return partition < offsets.size() ? offsets[partition] : Offset(0);
  }
  void erase(const TopicId& topic) { topics_.erase(topic); }
  const std::map<TopicId, std::vector<Offset>>& topics() const { return topics_; }

  // Moves a partition's offset up, never down.
  void raise(const TopicId& topic, size_t partition, Offset offset) {
    std::vector<Offset>& offsets = topics_[topic];
    if (offsets.size() <= partition) offsets.resize(partition + 1);
    offsets[partition] = std::max(offsets[partition], offset);
  }

  // Whether everything below `other` lies below this; topics that this does not know are not asked
  // for (they were dropped), but partitions are (it will get to know them).
  bool covers(const Frontier& other) const {
    for (const auto& [topic, offsets] : other.topics_) {
      auto found = topics_.find(topic);
      if (found == topics_.end()) continue;
      for (size_t i = 0; i < offsets.size(); i++) {
        const Offset here = i < found->second.size() ? found->second[i] : Offset(0);
        if (here < offsets[i]) return false;
      }
    }
    return true;
  }
  friend bool operator==(const Frontier&, const Frontier&) = default;

 private:
  std::map<TopicId, std::vector<Offset>> topics_;
};

}  // namespace kappa::engine
