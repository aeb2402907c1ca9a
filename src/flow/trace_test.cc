#include "flow/trace.h"

#include <gtest/gtest.h>

#include <map>
#include <random>

namespace kappa::flow {

namespace {

using Entries = std::map<std::string, int64_t>;

RunPtr run_of(const std::vector<std::pair<std::string, int64_t>>& entries) {
  RunBuilder builder;
  for (const auto& [bytes, weight] : entries) {
    builder.add(bytes.substr(0, 1), bytes.substr(1), weight);
  }
  return builder.build();
}

Entries entries_of(const TraceSnapshot& snapshot) {
  Entries all;
  std::string previous;
  for (TraceCursor cursor(snapshot); cursor.is_valid(); cursor.next()) {
    EXPECT_TRUE(all.empty() || previous < cursor.entry().bytes);
    previous = cursor.entry().bytes;
    all[previous] = cursor.entry().weight;
  }
  return all;
}

TEST(Trace, AddsUpTheWeightsOfEqualEntries) {
  Trace trace;
  trace.add(run_of({{"ka", 1}, {"kb", 1}, {"ka", 2}}));
  trace.add(run_of({{"kb", -1}, {"kc", 1}}));
  EXPECT_EQ(entries_of(trace.snapshot()), (Entries{{"ka", 3}, {"kc", 1}}));
}

TEST(Trace, ASnapshotStaysAsItWas) {
  Trace trace;
  trace.add(run_of({{"ka", 1}}));
  TraceSnapshot before = trace.snapshot();
  trace.add(run_of({{"ka", -1}, {"kb", 1}}));
  EXPECT_EQ(entries_of(before), (Entries{{"ka", 1}}));
  EXPECT_EQ(entries_of(trace.snapshot()), (Entries{{"kb", 1}}));
}

TEST(Trace, SeeksByKey) {
  Trace trace;
  trace.add(run_of({{"a1", 1}, {"c1", 1}, {"c2", 1}}));
  trace.add(run_of({{"b1", 1}, {"c1", -1}}));
  TraceCursor cursor(trace.snapshot());
  cursor.seek("b");
  EXPECT_EQ(cursor.entry().key(), "b");
  cursor.seek("c");
  EXPECT_EQ(cursor.entry().row(), "2");
  cursor.seek("d");
  EXPECT_FALSE(cursor.is_valid());
}

TEST(Trace, AgreesWithAMapInRunsOfFewEntries) {
  for (uint64_t seed = 1; seed <= 3; ++seed) {
    SCOPED_TRACE(seed);
    std::mt19937_64 random(seed);
    Trace trace;
    Entries expected;
    for (int step = 0; step < 400; ++step) {
      RunBuilder builder;
      size_t count = random() % (step % 50 == 0 ? 500 : 5);
      for (size_t i = 0; i < count; ++i) {
        std::string bytes = "prefix of equal bytes " + std::to_string(random() % 300);
        int64_t weight = static_cast<int64_t>(random() % 5) - 2;
        builder.add(bytes.substr(0, 6), bytes.substr(6), weight);
        expected[bytes] += weight;
        if (expected[bytes] == 0) expected.erase(bytes);
      }
      trace.add(builder.build());
    }
    EXPECT_EQ(entries_of(trace.snapshot()), expected);
    EXPECT_LE(trace.snapshot().size(), 12u);
    TraceCursor cursor(trace.snapshot());
    for (const auto& [bytes, weight] : expected) {
      cursor.seek(bytes);
      ASSERT_EQ(cursor.entry().bytes, bytes);
      ASSERT_EQ(cursor.entry().weight, weight);
    }
  }
}

TEST(Run, IsTheSameAfterEncodingAndDecoding) {
  Trace trace;
  for (int i = 0; i < 100; ++i) trace.add(run_of({{"k" + std::to_string(i % 37), i % 3 - 1}}));
  TraceSnapshot decoded;
  for (const RunPtr& run : trace.snapshot()) {
    std::string bytes;
    encode_run(*run, bytes);
    auto copy = decode_run(bytes);
    ASSERT_TRUE(copy.ok());
    decoded.push_back(*copy);
  }
  EXPECT_EQ(entries_of(decoded), entries_of(trace.snapshot()));
}

TEST(Run, RefusesDamagedBytes) {
  std::string bytes;
  encode_run(*run_of({{"ka", 1}, {"kb", 2}}), bytes);
  for (size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_EQ(decode_run(bytes.substr(0, size)).status().code(), StatusCode::kDataLoss);
  }
  EXPECT_FALSE(decode_run(bytes + "x").ok());
  std::string many = bytes;
  many[4] = '\x7f';  // the count
  EXPECT_FALSE(decode_run(many).ok());
  std::string swapped = bytes;
  std::swap(swapped[swapped.size() - 1], swapped[swapped.size() - 6]);
  EXPECT_FALSE(decode_run(swapped).ok());
}

TEST(Run, TheWorkedExampleOfTheFormat) {
  std::string bytes;
  encode_run(*run_of({{"ka", 1}, {"kb", -2}}), bytes);
  const std::string expected(
      "\0\0\0\1"          // version
      "\0\0\0\0\0\0\0\2"  // entries
      "\1\2\2ka"          // key size, size, weight +1, bytes
      "\1\2\3kb",
      22);  // weight -2
  EXPECT_EQ(bytes, expected);
}

}  // namespace

}  // namespace kappa::flow
