#include "log/transaction_table.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>

#include "log/producer_state.h"
#include "log/transaction_marker.h"

namespace kappa::log {
namespace {

class TransactionTableTest : public testing::Test {
 protected:
  void data(int64_t producer_id, int64_t base, int32_t count = 1) {
    BatchHeader header;
    header.attributes = 16;
    header.producer_id = producer_id;
    header.producer_epoch = 0;
    header.base = Offset(base);
    header.last_offset_delta = count - 1;
    table_.note(header, {});
  }
  void marker(int64_t producer_id, int64_t base, TransactionOutcome outcome) {
    std::string batch = make_marker(
        {.producer_id = producer_id, .producer_epoch = 0, .outcome = outcome, .timestamp_ms = 1});
    set_base_offset(batch, Offset(base), 0);
    table_.note(*parse_whole_batch(batch), batch);
  }
  void commit(int64_t producer_id, int64_t base) {
    marker(producer_id, base, TransactionOutcome::kCommit);
  }
  void abort(int64_t producer_id, int64_t base) {
    marker(producer_id, base, TransactionOutcome::kAbort);
  }
  int64_t unstable() { return table_.first_unstable().value_or(Offset(-1)).value; }

  TransactionTable table_;
};

TEST_F(TransactionTableTest, the_oldest_open_transaction_bounds_what_is_stable) {
  EXPECT_EQ(unstable(), -1);
  data(1, 0, 3);
  data(2, 3, 2);
  data(1, 5);
  EXPECT_EQ(unstable(), 0);
  abort(1, 6);
  table_.settle(Offset(7));
  EXPECT_EQ(unstable(), 3);
  commit(2, 7);
  table_.settle(Offset(8));
  EXPECT_EQ(unstable(), -1);
  EXPECT_TRUE(table_.is_aborted(1, Offset(0)));
  EXPECT_TRUE(table_.is_aborted(1, Offset(5)));
  EXPECT_FALSE(table_.is_aborted(2, Offset(3)));
  EXPECT_FALSE(table_.is_aborted(1, Offset(8)));
}

TEST_F(TransactionTableTest, a_marker_counts_once_it_cannot_be_lost) {
  data(1, 0);
  commit(1, 1);
  table_.settle(Offset(1));
  EXPECT_EQ(unstable(), 0);
  EXPECT_FALSE(table_.first_open().has_value());
  table_.settle(Offset(2));
  EXPECT_EQ(unstable(), -1);
}

TEST_F(TransactionTableTest, a_marker_without_records_changes_nothing) {
  abort(1, 0);
  EXPECT_EQ(unstable(), -1);
  EXPECT_EQ(table_.aborted_count(), 0u);
}

TEST_F(TransactionTableTest, a_range_has_every_transaction_that_reaches_into_it_sorted) {
  data(1, 0);
  data(2, 1);
  data(3, 2);
  abort(3, 3);
  abort(2, 4);
  data(2, 5);
  abort(1, 6);
  abort(2, 7);
  using List = std::vector<AbortedTransaction>;
  EXPECT_EQ(table_.aborted(Offset(5), Offset(6)),
            (List{{1, Offset(0), Offset(6)}, {2, Offset(5), Offset(7)}}));
  EXPECT_EQ(table_.aborted(Offset(0), Offset(1)), (List{{1, Offset(0), Offset(6)}}));
  EXPECT_EQ(
      table_.aborted(Offset(3), Offset(4)),
      (List{{1, Offset(0), Offset(6)}, {2, Offset(1), Offset(4)}, {3, Offset(2), Offset(3)}}));
  EXPECT_TRUE(table_.aborted(Offset(8), Offset(20)).empty());
  table_.forget_below(Offset(5));
  EXPECT_EQ(table_.aborted_count(), 2u);
  EXPECT_TRUE(table_.is_aborted(1, Offset(0)));
  EXPECT_FALSE(table_.is_aborted(2, Offset(1)));
}

TEST_F(TransactionTableTest, it_can_be_saved_with_the_sequences) {
  data(1, 0);
  data(2, 1);
  abort(1, 2);
  ProducerState state;
  state.transactions = table_;
  std::string bytes = state.encode();
  auto loaded = ProducerState::decode(bytes);
  ASSERT_TRUE(loaded.has_value());
  EXPECT_EQ(loaded->transactions.open(), table_.open());
  EXPECT_TRUE(loaded->transactions.is_aborted(1, Offset(0)));
  EXPECT_EQ(loaded->encode(), bytes);
  for (size_t size = 0; size < bytes.size(); ++size)
    EXPECT_FALSE(ProducerState::decode(bytes.substr(0, size)).has_value()) << size;
}

TEST_F(TransactionTableTest, it_agrees_with_a_list_of_all_transactions) {
  std::mt19937 random(7);
  std::vector<AbortedTransaction> aborted;
  std::map<int64_t, int64_t> open;
  for (int64_t offset = 0; offset < 400; ++offset) {
    int64_t producer = random() % 6;
    if (random() % 3 > 0) {
      data(producer, offset);
      open.try_emplace(producer, offset);
    } else if (open.count(producer) == 0 || random() % 2 == 0) {
      commit(producer, offset);
      open.erase(producer);
    } else {
      abort(producer, offset);
      aborted.push_back({producer, Offset(open[producer]), Offset(offset)});
      open.erase(producer);
    }
  }
  std::sort(aborted.begin(), aborted.end(), [](auto& a, auto& b) { return a.first < b.first; });
  for (int64_t from = 0; from < 400; from += 7) {
    for (int64_t to = from + 1; to < 400; to += 11) {
      std::vector<AbortedTransaction> expected;
      for (const auto& one : aborted) {
        if (one.first.value < to && one.last.value >= from) expected.push_back(one);
      }
      ASSERT_EQ(table_.aborted(Offset(from), Offset(to)), expected) << from << " to " << to;
    }
    for (int64_t producer = 0; producer < 6; ++producer) {
      bool is_in = std::any_of(aborted.begin(), aborted.end(), [&](const auto& one) {
        return one.producer_id == producer && one.first.value <= from && one.last.value >= from;
      });
      EXPECT_EQ(table_.is_aborted(producer, Offset(from)), is_in);
    }
  }
}

}  // namespace
}  // namespace kappa::log
