#include "base/bytes.h"

#include <gtest/gtest.h>

#include <limits>

namespace kappa {
namespace {

template <typename Write>
std::string written(Write write) {
  std::string out;
  Writer writer(out);
  write(writer);
  return out;
}

TEST(BytesTest, integers_are_big_endian) {
  std::string bytes = written([](Writer& w) {
    w.i8(-2);
    w.i16(0x0102);
    w.i32(-1);
    w.i64(0x0102030405060708);
    w.u32(0xdeadbeef);
    w.f64(1.5);
  });
  EXPECT_EQ(bytes.substr(0, 7), "\xfe\x01\x02\xff\xff\xff\xff");
  Reader reader(bytes);
  EXPECT_EQ(reader.i8(), -2);
  EXPECT_EQ(reader.i16(), 0x0102);
  EXPECT_EQ(reader.i32(), -1);
  EXPECT_EQ(reader.i64(), 0x0102030405060708);
  EXPECT_EQ(reader.u32(), 0xdeadbeef);
  EXPECT_EQ(reader.f64(), 1.5);
  EXPECT_TRUE(reader.ok());
  EXPECT_EQ(reader.remaining(), 0u);
}

TEST(BytesTest, varints_are_zigzag_leb128) {
  EXPECT_EQ(written([](Writer& w) { w.varint(0); }), std::string(1, '\0'));
  EXPECT_EQ(written([](Writer& w) { w.varint(-1); }), "\x01");
  EXPECT_EQ(written([](Writer& w) { w.varint(1); }), "\x02");
  EXPECT_EQ(written([](Writer& w) { w.varint(64); }), std::string("\x80\x01", 2));
  EXPECT_EQ(written([](Writer& w) { w.uvarint(300); }), "\xac\x02");
}

TEST(BytesTest, varints_come_back) {
  for (int64_t v : {int64_t{0}, int64_t{-1}, int64_t{63}, int64_t{-64}, int64_t{64},
                    int64_t{INT32_MAX}, int64_t{INT32_MIN}, std::numeric_limits<int64_t>::max(),
                    std::numeric_limits<int64_t>::min()}) {
    std::string bytes = written([v](Writer& w) { w.varlong(v); });
    Reader reader(bytes);
    EXPECT_EQ(reader.varlong(), v);
    EXPECT_TRUE(reader.ok());
    if (v < INT32_MIN || v > INT32_MAX) continue;
    Reader narrow(bytes);
    EXPECT_EQ(narrow.varint(), v);
  }
}

TEST(BytesTest, a_short_read_fails_for_good) {
  Reader reader("abc");
  EXPECT_EQ(reader.i32(), 0);
  EXPECT_FALSE(reader.ok());
  EXPECT_EQ(reader.i8(), 0) << "bytes that are there are not read after a failure";
  EXPECT_EQ(reader.view(1), "");
  EXPECT_FALSE(reader.ok());
}

TEST(BytesTest, views_and_skips_stay_inside) {
  Reader reader("abcdef");
  EXPECT_EQ(reader.view(2), "ab");
  reader.skip(1);
  EXPECT_EQ(reader.position(), 3u);
  EXPECT_EQ(reader.view(SIZE_MAX), "");
  EXPECT_FALSE(reader.ok());
}

TEST(BytesTest, varints_that_are_too_long_fail) {
  Reader five_bytes("\xff\xff\xff\xff\x0f");
  EXPECT_EQ(five_bytes.uvarint(), UINT32_MAX);
  Reader too_many_bits("\xff\xff\xff\xff\x1f");
  too_many_bits.uvarint();
  EXPECT_FALSE(too_many_bits.ok());
  Reader endless("\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x01");
  endless.uvarlong();
  EXPECT_FALSE(endless.ok());
  Reader truncated("\x80");
  truncated.uvarint();
  EXPECT_FALSE(truncated.ok());
}

TEST(BytesTest, lengths_are_patched) {
  std::string out;
  Writer writer(out);
  writer.i32(0);
  writer.raw("body");
  writer.patch_i32(0, 4);
  EXPECT_EQ(out, std::string("\0\0\0\x04", 4) + "body");
}

}  // namespace
}  // namespace kappa
