#pragma once
// The one codec of all messages: the body of a message at one version, in and out.
// docs/formats/kafka.md has the rules of the wire.

#include "kafka/protocol/decoder.h"
#include "kafka/protocol/encoder.h"

namespace kappa::kafka {

// The body of a message at one version. False when the bytes are not one whole message.
template <codec::Structure T>
bool decode(std::string_view bytes, int16_t version, T& message) {
  Decoder decoder(bytes, version, T::kInfo.flexible.contains(version));
  decoder.read(message);
  return decoder.ok() && decoder.remaining() == 0;
}

template <codec::Structure T>
void encode(const T& message, int16_t version, std::string& out) {
  Encoder(out, version, T::kInfo.flexible.contains(version)).write(message);
}

}  // namespace kappa::kafka
