#pragma once
// What codec.h declares: for the files that compile it, one per message.

#include "base/check.h"
#include "kafka/protocol/codec.h"
#include "kafka/protocol/decoder.h"
#include "kafka/protocol/encoder.h"

namespace kappa::kafka {

template <typename T>
std::optional<size_t> decode_front(std::string_view bytes, int16_t version, T& message) {
  Decoder decoder(bytes, version, T::kInfo.flexible.contains(version));
  decoder.read(message);
  if (!decoder.ok()) return std::nullopt;
  return decoder.remaining();
}

template <typename T>
void encode(const T& message, int16_t version, std::string& out, std::vector<RangePlace>* ranges) {
  Encoder encoder(out, version, T::kInfo.flexible.contains(version));
  encoder.write(message);
  KAPPA_CHECK(ranges != nullptr || encoder.ranges().empty());
  if (ranges != nullptr) *ranges = encoder.ranges();
}

}  // namespace kappa::kafka
