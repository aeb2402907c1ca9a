#include "base/compression.h"

#include <gtest/gtest.h>
#include <snappy.h>

#include <random>

#include "base/bytes.h"

namespace kappa {
namespace {

constexpr size_t kLarge = size_t{64} << 20;

class CompressionTest : public testing::TestWithParam<Codec> {
 protected:
  Codec codec() const { return GetParam(); }
};
INSTANTIATE_TEST_SUITE_P(Codecs, CompressionTest,
                         testing::Values(Codec::kNone, Codec::kGzip, Codec::kSnappy, Codec::kLz4,
                                         Codec::kZstd),
                         [](const auto& p) { return std::string(name_of(p.param)); });

std::string random_text(std::mt19937_64& random, size_t size) {
  std::string text;
  while (text.size() < size) {
    std::string word(1 + random() % 20, static_cast<char>('a' + random() % 26));
    if (random() % 3 == 0) word[0] = static_cast<char>(random());
    text += word;
  }
  text.resize(size);
  return text;
}

TEST_P(CompressionTest, comes_back) {
  std::mt19937_64 random(7);
  std::string reused;
  for (size_t size : {size_t{0}, size_t{1}, size_t{100}, size_t{70'000}, size_t{3'000'000}}) {
    std::string text = random_text(random, size);
    std::string packed = compress(codec(), text).value();
    EXPECT_EQ(*decompress(codec(), packed, kLarge), text) << "seed=7 size=" << size;
    EXPECT_EQ(*decompress(codec(), packed, std::max<size_t>(size, 1)), text) << "exactly enough";
    ASSERT_TRUE(decompress_into(codec(), packed, kLarge, reused).ok());
    EXPECT_EQ(reused, text) << "into a buffer used before";
  }
}

TEST_P(CompressionTest, output_is_bounded) {
  std::string bomb = compress(codec(), std::string(10'000'000, 'z')).value();
  auto result = decompress(codec(), bomb, 9'999'999);
  EXPECT_EQ(result.status().code(), StatusCode::kResourceExhausted) << result.status();
  EXPECT_EQ(decompress(codec(), bomb, 100).status().code(), StatusCode::kResourceExhausted);
}

TEST_P(CompressionTest, truncated_input_is_refused) {
  if (codec() == Codec::kNone) {
    EXPECT_EQ(*decompress(codec(), "ab", 10), "ab") << "has no end of its own";
    return;
  }
  std::mt19937_64 random(9);
  std::string packed = compress(codec(), random_text(random, 5000)).value();
  for (size_t size = 0; size < packed.size(); size += 1 + size / 20) {
    auto result = decompress(codec(), packed.substr(0, size), kLarge);
    EXPECT_EQ(result.status().code(), StatusCode::kDataLoss) << "size=" << size;
  }
}

TEST_P(CompressionTest, random_input_does_no_harm) {
  std::mt19937_64 random(11);
  std::string packed = compress(codec(), random_text(random, 2000)).value();
  for (int round = 0; round < 500; ++round) {
    std::string damaged = packed;
    for (int i = 0; i < 3; ++i) damaged[random() % damaged.size()] = static_cast<char>(random());
    auto result = decompress(codec(), damaged, 100'000);
    if (result.ok()) {
      EXPECT_LE(result->size(), 100'000u) << "seed=11 round=" << round;
    }
  }
}

TEST(SnappyTest, reads_the_framing_of_java_clients) {
  auto raw = [](std::string_view text) {
    std::string out;
    snappy::Compress(text.data(), text.size(), &out);
    return out;
  };
  std::string framed("\x82SNAPPY\0\0\0\0\x01\0\0\0\x01", 16);
  Writer writer(framed);
  for (std::string_view part : {"hello ", "world"}) {
    std::string block = raw(part);
    writer.i32(static_cast<int32_t>(block.size()));
    writer.raw(block);
  }
  EXPECT_EQ(*decompress(Codec::kSnappy, framed, 100), "hello world");
  EXPECT_EQ(decompress(Codec::kSnappy, framed, 10).status().code(), StatusCode::kResourceExhausted);
  EXPECT_EQ(decompress(Codec::kSnappy, framed.substr(0, framed.size() - 1), 100).status().code(),
            StatusCode::kDataLoss);
  std::string negative = framed.substr(0, 16) + "\xff\xff\xff\xff";
  EXPECT_EQ(decompress(Codec::kSnappy, negative, 100).status().code(), StatusCode::kDataLoss);
}

TEST(SnappyTest, a_claimed_length_is_not_believed) {
  // 1 GiB of output claimed by ten bytes of input.
  std::string bytes("\x80\x80\x80\x80\x04 abcd", 10);
  EXPECT_EQ(decompress(Codec::kSnappy, bytes, size_t{2} << 30).status().code(),
            StatusCode::kDataLoss);
}

TEST(GzipTest, reads_several_members) {
  std::string both = *compress(Codec::kGzip, "one ") + *compress(Codec::kGzip, "two");
  EXPECT_EQ(*decompress(Codec::kGzip, both, 100), "one two");
  EXPECT_FALSE(decompress(Codec::kGzip, both + "junk", 100).ok());
}

TEST(Lz4Test, bytes_after_the_end_are_refused) {
  EXPECT_FALSE(decompress(Codec::kLz4, *compress(Codec::kLz4, "one") + "junk", 100).ok());
}

TEST(CodecTest, names) {
  EXPECT_EQ(*codec_of("zstd"), Codec::kZstd);
  EXPECT_EQ(codec_of("brotli").status().code(), StatusCode::kInvalidArgument);
  EXPECT_EQ(compress(static_cast<Codec>(7), "x").status().code(), StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace kappa
