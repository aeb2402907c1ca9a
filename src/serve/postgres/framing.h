#pragma once
// Cuts a client's bytes into messages of the PostgreSQL protocol, version 3:
//
//   start-up:  int32 length | body                 length counts itself
//   after it:  byte type | int32 length | body     length counts itself, not the type
//
// A length is checked as soon as its bytes are there, before anything is kept for it: start-up and
// short messages up to 10,000 bytes, those that carry statements, values or data up to 64 MiB.
// Memory grows with the bytes that arrive, never by what a length claims.

#include <optional>
#include <string>
#include <string_view>

#include "base/status.h"

namespace kappa::serve::postgres {

constexpr size_t kShortMessageBytesMax = 10'000;
constexpr size_t kLongMessageBytesMax = 64 << 20;

struct Message {
  char type = 0;  // 0: start-up
  std::string body;
};

// Thread-compatible. After an error (SQLSTATE 08P01) the stream has no meaning any more.
class MessageReader {
 public:
  void feed(std::string_view bytes) { buffer_.append(bytes); }
  // The next whole message, if there is one.
  StatusOr<std::optional<Message>> next();
  // Messages have types from here on.
  void leave_startup() { in_startup_ = false; }

 private:
  std::string buffer_;
  size_t position_ = 0;
  bool in_startup_ = true;
};

}  // namespace kappa::serve::postgres
