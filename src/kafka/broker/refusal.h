#pragma once
// What a part of a request is refused with: the protocol's code, and a sentence for people.

#include <string>

#include "base/status.h"
#include "kafka/protocol/errors.h"

namespace kappa::kafka {

struct Refusal {
  int16_t code = error::kNone;
  std::string message;

  bool is_none() const { return code == error::kNone; }
};

inline Refusal access_lists_are_disabled() {
  return {error::kSecurityDisabled, "no authorizer is configured: everybody may do everything"};
}

// Puts it into an answer with error_code and error_message.
template <typename Answer>
void refuse(Answer& answer, Refusal refusal) {
  answer.error_code = refusal.code;
  if (!refusal.message.empty()) answer.error_message = std::move(refusal.message);
}

}  // namespace kappa::kafka
