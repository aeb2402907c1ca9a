#include "log/producer_table.h"

#include <gtest/gtest.h>

namespace kappa::log {
namespace {

BatchHeader batch(int32_t sequence, int32_t count, int16_t epoch = 0, int64_t base = 0) {
  BatchHeader header;
  header.base = Offset(base);
  header.producer_id = 9;
  header.producer_epoch = epoch;
  header.base_sequence = sequence;
  header.last_offset_delta = count - 1;
  header.record_count = count;
  return header;
}

AppendError error_of(const ProducerTable& table, const BatchHeader& header) {
  return table.check(header).error;
}

bool nobody(int64_t) { return false; }

TEST(ProducerTableTest, sequences_follow_each_other) {
  ProducerTable table;
  EXPECT_EQ(error_of(table, batch(5, 2)), AppendError::kNone)
      << "unknown producers may begin anywhere";
  table.note(batch(5, 2), 0);
  EXPECT_EQ(error_of(table, batch(7, 1)), AppendError::kNone);
  EXPECT_EQ(error_of(table, batch(8, 1)), AppendError::kOutOfOrderSequence);
  EXPECT_EQ(error_of(table, batch(6, 1)), AppendError::kOutOfOrderSequence)
      << "inside a batch that is known";
  EXPECT_EQ(error_of(table, batch(4, 1)), AppendError::kDuplicateSequence);
  EXPECT_EQ(error_of(table, batch(-1, 1)), AppendError::kNone) << "the server's own have none";
}

TEST(ProducerTableTest, a_retry_of_the_last_five_is_a_duplicate) {
  ProducerTable table;
  for (int i = 0; i < 6; ++i) table.note(batch(i * 2, 2, 0, 100 + i * 2), 0);
  for (int i = 1; i < 6; ++i) {
    auto verdict = table.check(batch(i * 2, 2));
    EXPECT_EQ(verdict.error, AppendError::kNone);
    ASSERT_TRUE(verdict.duplicate_of.has_value()) << i;
    EXPECT_EQ(verdict.duplicate_of->base, Offset(100 + i * 2));
  }
  EXPECT_FALSE(table.check(batch(0, 2)).duplicate_of.has_value());
  EXPECT_EQ(error_of(table, batch(0, 2)), AppendError::kDuplicateSequence);
  EXPECT_FALSE(table.check(batch(10, 1)).duplicate_of.has_value()) << "another length";
}

TEST(ProducerTableTest, nothing_is_a_retry_of_an_ended_transaction) {
  ProducerTable table;
  table.note(batch(0, 2), 0);
  table.note(batch(2, 1), 0);
  ASSERT_TRUE(table.check(batch(2, 1)).duplicate_of.has_value());
  BatchHeader marker = batch(-1, 1);
  marker.attributes = 16 | 32;
  table.note(marker, 0);
  for (const ProducerTable& same : {table, *ProducerTable::decode(table.encode())}) {
    EXPECT_FALSE(same.check(batch(2, 1)).duplicate_of.has_value());
    EXPECT_EQ(error_of(same, batch(2, 1)), AppendError::kOutOfOrderSequence)
        << "the producer would take a duplicate for success";
    EXPECT_EQ(error_of(same, batch(0, 2)), AppendError::kOutOfOrderSequence);
    EXPECT_EQ(error_of(same, batch(3, 1)), AppendError::kNone) << "the next one goes on";
  }
  table.note(batch(3, 1), 0);
  EXPECT_TRUE(table.check(batch(3, 1)).duplicate_of.has_value());
  EXPECT_EQ(error_of(table, batch(1, 1)), AppendError::kOutOfOrderSequence);
}

TEST(ProducerTableTest, a_new_epoch_begins_at_zero_and_an_old_one_is_refused) {
  ProducerTable table;
  table.note(batch(0, 1, 3), 0);
  EXPECT_EQ(error_of(table, batch(1, 1, 4)), AppendError::kOutOfOrderSequence);
  EXPECT_EQ(error_of(table, batch(0, 1, 4)), AppendError::kNone);
  EXPECT_EQ(error_of(table, batch(1, 1, 2)), AppendError::kInvalidProducerEpoch);
  table.note(batch(0, 1, 4), 0);
  EXPECT_EQ(error_of(table, batch(1, 1, 3)), AppendError::kInvalidProducerEpoch);
}

TEST(ProducerTableTest, sequences_wrap_around) {
  ProducerTable table;
  table.note(batch(INT32_MAX - 1, 2), 0);
  EXPECT_EQ(error_of(table, batch(0, 1)), AppendError::kNone);
  table.note(batch(0, 1), 0);
  EXPECT_TRUE(table.check(batch(INT32_MAX - 1, 2)).duplicate_of.has_value());
  table.note(batch(1, 1), 0);
  ProducerTable across;
  across.note(batch(INT32_MAX, 3), 0);  // INT32_MAX, 0, 1
  EXPECT_EQ(error_of(across, batch(2, 1)), AppendError::kNone);
}

TEST(ProducerTableTest, comes_back_from_its_bytes) {
  ProducerTable table;
  for (int i = 0; i < 7; ++i) table.note(batch(i, 1, 2, i), 1000 + i);
  auto again = ProducerTable::decode(table.encode());
  ASSERT_TRUE(again.has_value());
  EXPECT_EQ(again->encode(), table.encode());
  EXPECT_TRUE(again->check(batch(6, 1, 2)).duplicate_of.has_value());
  std::string bytes = table.encode();
  for (size_t size = 0; size < bytes.size(); ++size)
    EXPECT_FALSE(ProducerTable::decode(bytes.substr(0, size)).has_value());
  EXPECT_FALSE(ProducerTable::decode("\xff\xff\xff\xff").has_value());
}

TEST(ProducerTableTest, a_marker_may_bring_a_new_epoch) {
  ProducerTable table;
  table.note(batch(0, 1, 3), 0);
  BatchHeader marker = batch(-1, 1, 4);
  marker.attributes = 0x30;  // transactional, control
  EXPECT_EQ(error_of(table, marker), AppendError::kNone);
  table.note(marker, 0);
  EXPECT_EQ(error_of(table, batch(1, 1, 3)), AppendError::kInvalidProducerEpoch);
  EXPECT_EQ(error_of(table, batch(1, 1, 4)), AppendError::kOutOfOrderSequence);
  EXPECT_EQ(error_of(table, batch(0, 1, 4)), AppendError::kNone);
  marker.producer_epoch = 3;
  EXPECT_EQ(error_of(table, marker), AppendError::kInvalidProducerEpoch);
}

TEST(ProducerTableTest, silent_producers_are_forgotten) {
  ProducerTable table;
  table.note(batch(0, 1), 1000);
  table.expire(1000, nobody);
  EXPECT_EQ(table.size(), 1u);
  table.expire(1001, nobody);
  EXPECT_EQ(table.size(), 0u);
}

}  // namespace
}  // namespace kappa::log
