#pragma once
// Where groups are durable: the internal topic __consumer_offsets (journal/topic_journal.h).
// Offsets that a transaction commits are records of that transaction.

#include <string_view>

#include "kafka/groups/group_records.h"
#include "kafka/journal/topic_journal.h"

namespace kappa::kafka {

inline constexpr std::string_view kGroupTopic = "__consumer_offsets";

class GroupJournal : public TopicJournal {
 public:
  GroupJournal(env::Env& env, log::Log& log)
      : TopicJournal(env, log, kGroupTopic, {{"segment.bytes", "104857600"}}) {}
};

}  // namespace kappa::kafka
