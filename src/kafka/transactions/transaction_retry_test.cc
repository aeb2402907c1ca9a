// What happens when the end of a transaction cannot be written.

#include <gtest/gtest.h>

#include "base/logging.h"
#include "kafka/protocol/errors.h"
#include "kafka/transactions/transaction.h"

namespace kappa::kafka {
namespace {

// A machine whose markers cannot be written for as long as the test wants.
class FailingHost : public TransactionHost {
 public:
  const TransactionOptions& options() const override { return options_; }
  int64_t now_ms() override { return now_ms_; }
  int64_t wall_ms() override { return now_ms_; }
  StatusOr<int64_t> new_producer_id() override { return 7; }
  void store(std::optional<StoredTransaction>, Done done) override { done(OkStatus()); }
  void write_markers(TransactionDecision, Done done) override {
    tries_at_ms_.push_back(now_ms_);
    done(is_broken_ ? unavailable("the disk is gone") : OkStatus());
  }

  const TransactionOptions options_;
  int64_t now_ms_ = 1'000'000;
  bool is_broken_ = true;
  std::vector<int64_t> tries_at_ms_;
};

class TransactionRetryTest : public testing::Test {
 protected:
  void SetUp() override { spdlog::set_level(spdlog::level::off); }
  void TearDown() override { spdlog::set_level(spdlog::level::info); }

  // One with a partition, committed: its markers have been tried once.
  void commit() {
    ProducerIdentity producer;
    transaction_.init(60'000, {}, [&](const ProducerIdentity& given) { producer = given; });
    const ProducerClaim claim{producer.producer_id, producer.epoch};
    transaction_.add(claim, {{"t", 0}}, [](int16_t e) { EXPECT_EQ(e, error::kNone); });
    transaction_.end(claim, true, false, [](const ProducerIdentity&) {});
  }
  // Time passes from one moment at which something is due to the next.
  std::vector<int64_t> waits_of_next_tries(size_t count) {
    std::vector<int64_t> waits;
    for (size_t i = 0; i < count; ++i) {
      const int64_t before_ms = host_.now_ms_;
      host_.now_ms_ = transaction_.next_deadline_ms();
      transaction_.tick();
      waits.push_back(host_.now_ms_ - before_ms);
    }
    return waits;
  }

  FailingHost host_;
  Transaction transaction_{"tx", host_};
};

TEST_F(TransactionRetryTest, MarkersAreTriedAgainEachTimeAfterTwiceAsLong) {
  commit();
  EXPECT_EQ(waits_of_next_tries(8),
            (std::vector<int64_t>{1'000, 2'000, 4'000, 8'000, 16'000, 32'000, 60'000, 60'000}));
  EXPECT_EQ(host_.tries_at_ms_.size(), 9u);
  EXPECT_EQ(transaction_.state(), TransactionState::kPrepareCommit) << "it stays decided";
  host_.is_broken_ = false;
  waits_of_next_tries(1);
  EXPECT_EQ(transaction_.state(), TransactionState::kCompleteCommit);
  host_.is_broken_ = true;
  commit();
  EXPECT_EQ(waits_of_next_tries(2), (std::vector<int64_t>{1'000, 2'000})) << "from the beginning";
}

}  // namespace
}  // namespace kappa::kafka
