#pragma once
// The way of a group's changes into the log, and of the answers that tell of them. A change is in
// memory at once; no answer is given before all changes that it may tell of are durable
// (answer_gate.h). When records could not be written, the log is behind memory: the next save must
// write all of the group, before anything more is told. Confined to its group.

#include <string>
#include <vector>

#include "kafka/groups/answer_gate.h"
#include "kafka/groups/group_host.h"

namespace kappa::kafka {

class GroupChanges {
 public:
  explicit GroupChanges(GroupHost& host) : host_(host) {}

  // Whether the next save must hold all that there is to say about the group.
  bool have_lost() const { return have_lost_; }
  // One batch; perhaps empty. The answer comes with error 0 when it is durable, with all before it.
  void save(std::vector<GroupRecord> records, AnswerGate::Answer answer);
  void abandon() { gate_.clear(); }

 private:
  void on_stored(uint64_t change, int16_t error, const std::vector<std::string>& tombstones);

  GroupHost& host_;
  AnswerGate gate_;
  bool have_lost_ = false;
  std::vector<std::string> lost_tombstones_;  // keys
};

}  // namespace kappa::kafka
