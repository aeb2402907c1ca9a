// The compaction's map from keys to offsets, beside std::map.

#include "log/offset_map.h"

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <string>

namespace kappa::log {
namespace {

constexpr HashKey kKey = {0x0706050403020100u, 0x0f0e0d0c0b0a0908u};

TEST(OffsetMapTest, the_hash_is_siphash_128) {
  // From the reference implementation's vectors: inputs 00, 01, … of each length, as words.
  EXPECT_EQ(siphash_128(kKey, ""), (HashKey{0xe6a825ba047f81a3u, 0x930255c71472f66du}));
  EXPECT_EQ(siphash_128(kKey, std::string_view("\0", 1)),
            (HashKey{0x44af996bd8c187dau, 0x45fc229b11597634u}));
}

TEST(OffsetMapTest, the_newest_offset_of_each_key_is_found) {
  OffsetMap map(1 << 20, 1000, kKey);
  EXPECT_TRUE(map.put("a", Offset(1)));
  EXPECT_TRUE(map.put("", Offset(2)));
  EXPECT_TRUE(map.put("a", Offset(7)));
  EXPECT_EQ(map.find("a"), Offset(7));
  EXPECT_EQ(map.find(""), Offset(2));
  EXPECT_EQ(map.find("b"), Offset(-1));
  EXPECT_EQ(map.size(), 2u);
}

TEST(OffsetMapTest, a_full_map_takes_only_keys_that_it_has) {
  OffsetMap map(24 * 100, INT64_MAX, kKey);
  ASSERT_EQ(map.capacity(), 90u) << "24 bytes an entry, nine tenths used";
  for (int i = 0; i < 90; ++i) ASSERT_TRUE(map.put(std::to_string(i), Offset(i)));
  EXPECT_FALSE(map.put("another", Offset(90)));
  EXPECT_TRUE(map.put("5", Offset(91)));
  EXPECT_EQ(map.find("5"), Offset(91));
  EXPECT_EQ(map.find("another"), Offset(-1));
}

TEST(OffsetMapTest, few_keys_take_little_memory) {
  EXPECT_LT(OffsetMap(size_t{1} << 30, 100, kKey).capacity(), 200u);
  EXPECT_GE(OffsetMap(size_t{1} << 30, 100, kKey).capacity(), 100u);
}

TEST(OffsetMapTest, it_agrees_with_a_map) {
  std::mt19937 random(3);
  std::map<std::string, int64_t> model;
  OffsetMap map(8 << 20, INT64_MAX, kKey);
  for (int64_t i = 0; i < 100'000; ++i) {
    std::string key(random() % 40, static_cast<char>(random() % 3));
    key += std::to_string(random() % 500);
    ASSERT_EQ(map.find(key).value, model.count(key) > 0 ? model[key] : -1);
    ASSERT_TRUE(map.put(key, Offset(i)));
    model[key] = i;
  }
  EXPECT_EQ(map.size(), model.size());
}

}  // namespace
}  // namespace kappa::log
