#include "base/crc32c.h"

#include <gtest/gtest.h>

#include <random>
#include <string>

namespace kappa {
namespace {

TEST(Crc32cTest, known_values) {
  EXPECT_EQ(crc32c(""), 0u);
  EXPECT_EQ(crc32c("123456789"), 0xe3069283u);
  EXPECT_EQ(crc32c(std::string(32, '\0')), 0x8a9136aau);  // RFC 3720 B.4
  EXPECT_EQ(crc32c(std::string(32, '\xff')), 0x62a8ab43u);
}

TEST(Crc32cTest, is_the_same_as_by_table) {
  std::mt19937_64 random(42);
  std::string bytes(40'000, '\0');
  for (char& c : bytes) c = static_cast<char>(random());
  for (int round = 0; round < 2000; ++round) {
    size_t start = random() % 64;
    size_t size = random() % (round % 10 == 0 ? bytes.size() - start : 900);
    auto part = std::string_view(bytes).substr(start, size);
    auto before = static_cast<uint32_t>(random());
    ASSERT_EQ(crc32c_extend(before, part), crc32c_extend_by_table(before, part))
        << "seed=42 start=" << start << " size=" << size;
  }
}

TEST(Crc32cTest, extends) {
  std::string bytes(10'000, 'x');
  for (size_t cut : {size_t{0}, size_t{1}, size_t{383}, size_t{384}, size_t{6144}, bytes.size()}) {
    auto all = std::string_view(bytes);
    EXPECT_EQ(crc32c_extend(crc32c(all.substr(0, cut)), all.substr(cut)), crc32c(all));
  }
}

}  // namespace
}  // namespace kappa
