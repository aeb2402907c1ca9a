#pragma once
// A subscription by regular expression (KIP-848): RE2's syntax, which takes linear time whatever
// the expression. It must match the whole of a topic's name. Immutable.

#include <memory>
#include <string>
#include <string_view>

#include "base/status.h"

namespace re2 {
class RE2;
}

namespace kappa::kafka {

class TopicPattern {
 public:
  // Errors: kInvalidArgument says what is wrong with the expression.
  static StatusOr<TopicPattern> compile(std::string_view expression);
  TopicPattern(TopicPattern&&) noexcept;
  TopicPattern& operator=(TopicPattern&&) noexcept;
  ~TopicPattern();

  bool matches(const std::string& topic) const;

 private:
  explicit TopicPattern(std::unique_ptr<const re2::RE2> expression);

  std::unique_ptr<const re2::RE2> expression_;
};

}  // namespace kappa::kafka
