#include "serve/postgres/framing.h"

#include "base/bytes.h"
#include "serve/postgres/errors.h"

namespace kappa::serve::postgres {
namespace {

constexpr size_t kLengthBytes = 4;

// 0: no such message.
size_t body_bytes_max(char type) {
  switch (type) {
    case 'Q':
    case 'P':
    case 'B':
    case 'd':
      return kLongMessageBytesMax;
    case 'C':
    case 'D':
    case 'E':
    case 'F':
    case 'H':
    case 'S':
    case 'X':
    case 'c':
    case 'f':
    case 'p':
      return kShortMessageBytesMax;
    default:
      return 0;
  }
}

}  // namespace

StatusOr<std::optional<Message>> MessageReader::next() {
  std::string_view rest = std::string_view(buffer_).substr(position_);
  const size_t header_bytes = (in_startup_ ? 0 : 1) + kLengthBytes;
  if (!in_startup_ && !rest.empty() && body_bytes_max(rest[0]) == 0) {
    return protocol_violation("invalid frontend message type {}",
                              static_cast<int>(static_cast<unsigned char>(rest[0])));
  }
  if (rest.size() < header_bytes) return std::nullopt;

  const char type = in_startup_ ? 0 : rest[0];
  const size_t limit = in_startup_ ? kShortMessageBytesMax : body_bytes_max(type);
  const auto length = load_big_endian<int32_t>(rest.data() + header_bytes - kLengthBytes);
  if (length < static_cast<int32_t>(kLengthBytes)) {
    return protocol_violation("invalid message length {}", length);
  }
  const size_t body_bytes = static_cast<size_t>(length) - kLengthBytes;
  if (body_bytes > limit) {
    return protocol_violation("message of {} bytes is longer than the limit of {}", body_bytes,
                              limit);
  }
  if (rest.size() < header_bytes + body_bytes) return std::nullopt;

  Message message{type, std::string(rest.substr(header_bytes, body_bytes))};
  position_ += header_bytes + body_bytes;
  constexpr size_t kCompactBytes = 64 << 10;
  if (position_ == buffer_.size() || position_ > kCompactBytes) {
    buffer_.erase(0, position_);
    position_ = 0;
  }
  return message;
}

}  // namespace kappa::serve::postgres
