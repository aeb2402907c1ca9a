#include "kafka/groups/answer_gate.h"

#include <iterator>

#include "kafka/protocol/errors.h"

namespace kappa::kafka {

void AnswerGate::give(Answer answer) {
  if (pending_.empty()) return answer(error::kNone);
  std::prev(pending_.end())->second.push_back(std::move(answer));
}

void AnswerGate::finish(uint64_t change, int16_t error) {
  auto finished = pending_.find(change);
  if (finished == pending_.end()) return;
  auto answers = std::move(finished->second);
  bool is_first = finished == pending_.begin();
  if (error == error::kNone && !is_first) {
    auto& earlier = std::prev(finished)->second;
    for (auto& answer : answers) earlier.push_back(std::move(answer));
    answers.clear();
  }
  pending_.erase(finished);
  for (auto& answer : answers) answer(error);
}

}  // namespace kappa::kafka
