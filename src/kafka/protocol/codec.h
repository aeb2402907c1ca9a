#pragma once
// The one codec of all messages: the body of a message at one version, in and out.
// docs/formats/kafka.md has the rules of the wire. Compiled once per message, with the message
// (messages/*.cc), because walking the descriptors takes the compiler long.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "kafka/protocol/schema.h"

namespace kappa::kafka {

// The message that `bytes` begin with, and how many bytes come after it; none when they do not
// begin with one.
template <typename T>
std::optional<size_t> decode_front(std::string_view bytes, int16_t version, T& message);

// False when the bytes are not one whole message.
template <typename T>
bool decode(std::string_view bytes, int16_t version, T& message) {
  return decode_front(bytes, version, message) == size_t{0};
}

// A range of a file that is to be sent before out[position].
struct RangePlace {
  size_t position = 0;
  const env::FileRange* range = nullptr;
};

// Appends the message. `ranges` gets what is not in `out` because it is in files, in order; none
// may be when it is nullptr.
template <typename T>
void encode(const T& message, int16_t version, std::string& out,
            std::vector<RangePlace>* ranges = nullptr);

}  // namespace kappa::kafka
