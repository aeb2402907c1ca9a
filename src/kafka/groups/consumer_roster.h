#pragma once
// The members of a group of the newer protocol and which partitions each of them owns: what it is
// told to read, and what it has not yet given up. A partition has one owner at most; whoever puts a
// member in that breaks this has an error in the program. Confined to its group.

#include <absl/container/flat_hash_map.h>

#include <map>
#include <string>
#include <string_view>

#include "kafka/groups/consumer_member.h"

namespace kappa::kafka {

class ConsumerRoster {
 public:
  using Members = std::map<std::string, ConsumerMember, std::less<>>;

  const Members& members() const { return members_; }
  bool empty() const { return members_.empty(); }
  size_t size() const { return members_.size(); }
  size_t classic_count() const { return classic_count_; }
  size_t size_bytes() const { return size_bytes_; }

  // nullptr: no such member.
  const ConsumerMember* find(std::string_view id) const;
  // The static member of that name; nullptr: none.
  const ConsumerMember* find_static(std::string_view instance_id) const;

  // Adds the member, or replaces the one of that id.
  const ConsumerMember& put(ConsumerMember member);
  void remove(std::string_view id);
  // Deadlines are no part of who owns what.
  ConsumerMember& with_new_deadlines(std::string_view id) { return members_.find(id)->second; }

  bool is_free(const PartitionId& partition) const { return !owners_.contains(partition); }

 private:
  void take_from(const ConsumerMember& member);

  Members members_;
  std::map<std::string, std::string, std::less<>> static_ids_;  // instance id -> member id
  absl::flat_hash_map<PartitionId, std::string> owners_;        // -> member id
  size_t classic_count_ = 0;
  size_t size_bytes_ = 0;
};

// What a member takes of a group's memory, without partitions: there are no more of these than
// exist.
size_t size_bytes_of(const ConsumerMember& member);

}  // namespace kappa::kafka
