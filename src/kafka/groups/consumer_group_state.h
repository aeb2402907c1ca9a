#pragma once
// The life of a group of the newer protocol (KIP-848). Its state follows from two numbers and its
// members: the group epoch counts changes of who is there and of what they want; the assignment
// epoch is the group epoch that the target assignment was computed for.
//
//                     a member joins
//      +-------+ ------------------------> +-----------+
//      | Empty |                           | Assigning | <-----------------------+
//      +-------+ <---------- ... --------- +-----------+                         |
//        |    ^    the last one is gone          | a member's heartbeat computes | a member joins
//        or |    |    (from any state)              | the target assignment         | goes, wants
//        other |    |                                  v                               | topics; a
//        topic that |    |                           +-------------+                        | they
//        read is made, |    +-------------------------- | Reconciling | -----------------------+
//        deleted or gets | is deleted, or                 +-------------+                        |
//        more partitions | has expired                           | every member has what the     |
//        v                                       | target gives it               |
//      +------+                                  v                               |
//      | Dead |                              +--------+                          |
//      +------+                              | Stable | -------------------------+
//                                            +--------+
//
// consumer_member.h draws what a single member goes through meanwhile.

#include <string_view>

namespace kappa::kafka {

enum class ConsumerGroupState { kEmpty, kAssigning, kReconciling, kStable, kDead };

// Kafka's name, as ConsumerGroupDescribe gives it.
constexpr std::string_view name_of(ConsumerGroupState state) {
  switch (state) {
    case ConsumerGroupState::kEmpty:
      return "Empty";
    case ConsumerGroupState::kAssigning:
      return "Assigning";
    case ConsumerGroupState::kReconciling:
      return "Reconciling";
    case ConsumerGroupState::kStable:
      return "Stable";
    case ConsumerGroupState::kDead:
      return "Dead";
  }
  return "";
}

}  // namespace kappa::kafka
