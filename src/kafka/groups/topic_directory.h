#pragma once
// Which topics there are, as groups look at them: names, ids and numbers of partitions. Borrows the
// log. Thread-safe.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "log/log.h"

namespace kappa::kafka {

struct KnownTopic {
  std::string name;
  TopicId id;
  int32_t partition_count = 0;
};

class TopicDirectory {
 public:
  explicit TopicDirectory(const log::Log& log) : log_(log) {}

  // Goes up with every change; the same number, the same topics.
  uint64_t version() const { return log_.topics_version(); }
  std::optional<KnownTopic> find(std::string_view name) const;
  std::optional<KnownTopic> find(const TopicId& id) const;
  // What a pattern may match: all but the topics that programs keep for themselves, whose names
  // begin with two underscores.
  std::vector<KnownTopic> user_topics() const;

 private:
  const log::Log& log_;
};

}  // namespace kappa::kafka
