#include "serve/postgres/framing.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sql/error.h"

namespace kappa::serve::postgres {
namespace {

using ::testing::HasSubstr;

// "length | body" of a start-up of six bytes, then two messages.
const std::string kStream("\0\0\0\x06zzQ\0\0\0\x05\0S\0\0\0\x04", 17);

std::string read_all(MessageReader& reader) {
  std::string text;
  while (true) {
    auto message = reader.next();
    if (!message.ok()) return text + sql::error_of(message.status()).sqlstate;
    if (!message->has_value()) return text;
    if ((*message)->type == 0) reader.leave_startup();
    text += (*message)->type == 0 ? '#' : (*message)->type;
    text += std::to_string((*message)->body.size());
  }
}

TEST(Framing, CutsMessagesAtAnyByte) {
  for (size_t cut = 0; cut <= kStream.size(); ++cut) {
    MessageReader reader;
    reader.feed(kStream.substr(0, cut));
    std::string text = read_all(reader);
    reader.feed(kStream.substr(cut));
    EXPECT_EQ(text + read_all(reader), "#2Q1S0") << cut;
  }
}

std::string read_after_startup(std::string_view bytes) {
  MessageReader reader;
  reader.leave_startup();
  reader.feed(bytes);
  return read_all(reader);
}

TEST(Framing, ChecksLengthsBeforeTheBody) {
  EXPECT_EQ(read_after_startup(std::string("Q\0\0\0\3", 5)), "08P01");
  EXPECT_EQ(read_after_startup("Q\xff\xff\xff\xff"), "08P01");
  EXPECT_EQ(read_after_startup("Q\x7f\xff\xff\xff"), "08P01");
  EXPECT_EQ(read_after_startup(std::string("S\0\0\x40\0", 5)), "08P01");
  EXPECT_EQ(read_after_startup(std::string("Q\0\x40\0\0", 5)), "");  // 4 MiB are to come
  EXPECT_EQ(read_after_startup("?"), "08P01");
  MessageReader startup;
  startup.feed(std::string("\0\x10\0\0", 4));
  EXPECT_EQ(read_all(startup), "08P01");
}

}  // namespace
}  // namespace kappa::serve::postgres
