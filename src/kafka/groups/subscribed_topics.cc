#include "kafka/groups/subscribed_topics.h"

#include <algorithm>
#include <set>

namespace kappa::kafka {
namespace {

class Fnv1a {
 public:
  void add(const void* bytes, size_t size) {
    const auto* byte = static_cast<const uint8_t*>(bytes);
    for (size_t i = 0; i < size; ++i) hash_ = (hash_ ^ byte[i]) * 0x100000001b3;
  }
  int64_t value() const { return static_cast<int64_t>(hash_); }

 private:
  uint64_t hash_ = 0xcbf29ce484222325;
};

}  // namespace

void SubscribedTopics::look_up(const Members& members, const TopicDirectory& directory) {
  // Before the topics are looked at: a change meanwhile is looked up once more.
  version_ = directory.version();
  was_looked_up_ = true;
  topics_.clear();
  ids_.clear();
  std::set<std::string_view> regexes;
  for (const auto& [id, member] : members) {
    for (const auto& name : member.topics) {
      if (ids_.contains(name)) continue;
      auto topic = directory.find(std::string_view(name));
      if (!topic) continue;
      ids_[name] = topic->id;
      topics_[topic->id] = *std::move(topic);
    }
    if (!member.regex.empty()) regexes.insert(member.regex);
  }
  std::erase_if(patterns_, [&](const auto& entry) { return !regexes.contains(entry.first); });
  for (std::string_view regex : regexes) {
    if (patterns_.contains(regex)) continue;
    auto pattern = TopicPattern::compile(regex);
    // Members come in with expressions that compile. One from the log that an older or newer RE2
    // wrote may not; it matches nothing.
    if (pattern.ok()) patterns_.emplace(regex, Pattern{*std::move(pattern), {}});
  }
  match_all(directory);
}

void SubscribedTopics::match_all(const TopicDirectory& directory) {
  if (patterns_.empty()) return;
  auto all = directory.user_topics();
  for (auto& [regex, pattern] : patterns_) {
    pattern.matches.clear();
    for (const auto& topic : all) {
      if (!pattern.pattern.matches(topic.name)) continue;
      pattern.matches.push_back(topic.id);
      topics_.emplace(topic.id, topic);
    }
    std::sort(pattern.matches.begin(), pattern.matches.end());
  }
}

std::vector<TopicId> SubscribedTopics::topics_of(const ConsumerMember& member) const {
  std::vector<TopicId> topics;
  for (const auto& name : member.topics) {
    auto id = ids_.find(name);
    if (id != ids_.end()) topics.push_back(id->second);
  }
  auto pattern = patterns_.find(member.regex);
  if (pattern != patterns_.end()) {
    const auto& matches = pattern->second.matches;
    topics.insert(topics.end(), matches.begin(), matches.end());
  }
  std::sort(topics.begin(), topics.end());
  topics.erase(std::unique(topics.begin(), topics.end()), topics.end());
  return topics;
}

int64_t SubscribedTopics::hash() const {
  Fnv1a hash;
  for (const auto& [id, topic] : topics_) {
    hash.add(id.bytes.data(), id.bytes.size());
    hash.add(topic.name.data(), topic.name.size());
    hash.add(&topic.partition_count, sizeof topic.partition_count);
  }
  return hash.value();
}

}  // namespace kappa::kafka
