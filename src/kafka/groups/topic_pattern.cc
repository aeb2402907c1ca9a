#include "kafka/groups/topic_pattern.h"

#include <re2/re2.h>

namespace kappa::kafka {
namespace {

constexpr int64_t kPatternBytesMax = int64_t{1} << 20;  // of memory; larger ones do not compile

}  // namespace

TopicPattern::TopicPattern(std::unique_ptr<const re2::RE2> expression)
    : expression_(std::move(expression)) {}
TopicPattern::TopicPattern(TopicPattern&&) noexcept = default;
TopicPattern& TopicPattern::operator=(TopicPattern&&) noexcept = default;
TopicPattern::~TopicPattern() = default;

StatusOr<TopicPattern> TopicPattern::compile(std::string_view expression) {
  re2::RE2::Options options;
  options.set_log_errors(false);
  options.set_max_mem(kPatternBytesMax);
  auto compiled = std::make_unique<const re2::RE2>(
      re2::StringPiece(expression.data(), expression.size()), options);
  if (!compiled->ok()) {
    return invalid_argument("not a regular expression of RE2: {}: {}", compiled->error(),
                            expression.substr(0, 100));
  }
  return TopicPattern(std::move(compiled));
}

bool TopicPattern::matches(const std::string& topic) const {
  return re2::RE2::FullMatch(topic, *expression_);
}

}  // namespace kappa::kafka
