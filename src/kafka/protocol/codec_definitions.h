#pragma once
// What codec.h declares: for the files that compile it, one per message.

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
void encode(const T& message, int16_t version, std::string& out) {
  Encoder(out, version, T::kInfo.flexible.contains(version)).write(message);
}

}  // namespace kappa::kafka
