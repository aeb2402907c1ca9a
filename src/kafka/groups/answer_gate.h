#pragma once
// Holds answers back until what they say is durable. A group changes in memory at once and is
// stored after that; an answer may tell of any change before it, so it waits for all that was on
// its way to the log when it was given:
//
//   begin() -> change 1 stored ... finish(1)
//   begin() -> change 2 stored ... finish(2) -> answers given since begin() 2
//
// Changes may finish in any order. When one fails, so do the answers that wait for it. Confined to
// its group.

#include <cstdint>
#include <functional>
#include <map>
#include <vector>

namespace kappa::kafka {

class AnswerGate {
 public:
  using Answer = std::function<void(int16_t error)>;

  // A change is on its way to the log.
  uint64_t begin() { return pending_.emplace(++last_, std::vector<Answer>()).first->first; }
  void finish(uint64_t change, int16_t error);
  // Called as soon as all that has begun has finished: perhaps at once.
  void give(Answer answer);
  // Forgets all answers.
  void clear() { pending_.clear(); }

 private:
  uint64_t last_ = 0;
  std::map<uint64_t, std::vector<Answer>> pending_;
};

}  // namespace kappa::kafka
