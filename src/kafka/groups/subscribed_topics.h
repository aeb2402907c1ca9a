#pragma once
// What the members of a group subscribe to, looked up among the topics that exist: names and
// patterns become ids and numbers of partitions. Confined to its group.

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "kafka/groups/consumer_member.h"
#include "kafka/groups/topic_directory.h"
#include "kafka/groups/topic_pattern.h"

namespace kappa::kafka {

class SubscribedTopics {
 public:
  using Members = std::map<std::string, ConsumerMember, std::less<>>;

  // Looks everything up.
  void look_up(const Members& members, const TopicDirectory& directory);
  // Whether topics have changed since.
  bool is_outdated(const TopicDirectory& directory) const {
    return !was_looked_up_ || version_ != directory.version();
  }

  // Those that exist and that somebody subscribes to.
  const std::map<TopicId, KnownTopic>& topics() const { return topics_; }
  // Ascending. Of a member as it was looked up.
  std::vector<TopicId> topics_of(const ConsumerMember& member) const;
  // Of names, ids and numbers of partitions: the same in every run of the program.
  int64_t hash() const;

 private:
  void match_all(const TopicDirectory& directory);

  struct Pattern {
    TopicPattern pattern;
    std::vector<TopicId> matches;
  };

  bool was_looked_up_ = false;
  uint64_t version_ = 0;
  std::map<TopicId, KnownTopic> topics_;
  std::map<std::string, TopicId, std::less<>> ids_;  // of what is subscribed to by name
  std::map<std::string, Pattern, std::less<>> patterns_;
};

}  // namespace kappa::kafka
