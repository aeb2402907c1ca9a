#include "kafka/groups/consumer_protocol.h"

#include "base/bytes.h"

namespace kappa::kafka {

std::optional<std::vector<std::string>> subscribed_topics(std::string_view metadata) {
  Reader reader(metadata);
  int16_t version = reader.i16();
  int32_t count = reader.i32();
  bool is_possible = reader.ok() && version >= 0 && count >= 0 &&
                     static_cast<size_t>(count) <= reader.remaining() / sizeof(int16_t);
  if (!is_possible) return std::nullopt;
  std::vector<std::string> topics;
  for (int32_t i = 0; i < count; ++i) {
    int16_t length = reader.i16();
    if (length < 0) return std::nullopt;
    topics.emplace_back(reader.view(static_cast<size_t>(length)));
  }
  if (!reader.ok()) return std::nullopt;
  return topics;
}

}  // namespace kappa::kafka
