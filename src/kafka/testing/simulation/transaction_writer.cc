#include "kafka/testing/simulation/transaction_writer.h"

namespace kappa::kafka::simulation {
namespace {

constexpr uint64_t kBatchesMax = 6;

}  // namespace

TransactionWriter::TransactionWriter(Site& site, std::string name, std::string id, Flow flow)
    : Process(site, std::move(name)),
      id_(std::move(id)),
      timeout_ms_(static_cast<int32_t>(1'500 + site.world.below(1'500))),
      producer_(site, client_, id_, flow, timeout_ms_) {}

Task<> TransactionWriter::run() {
  while (!site_.is_ending) {
    if (producer_.is_defunct()) co_await producer_.init();
    co_await run_transaction();
    co_await world_.pause(static_cast<int64_t>(world_.below(60)));
  }
}

Task<> TransactionWriter::run_transaction() {
  const size_t transaction = producer_.begin();
  const bool is_written = co_await write_records(transaction);
  if (!is_written || world_.one_in(5)) {
    co_await producer_.abort();
    co_return;
  }
  if (world_.one_in(20)) co_await world_.pause(timeout_ms_ + 500);
  co_await producer_.commit();
}

Task<bool> TransactionWriter::write_records(size_t transaction) {
  const uint64_t count = 1 + world_.below(kBatchesMax);
  for (uint64_t i = 0; i < count; ++i) {
    const auto partition = static_cast<int32_t>(world_.below(kTransfers.partitions));
    const TopicPartition place = place_in(kTransfers, partition);
    std::vector<size_t> records;
    for (uint64_t n = 1 + world_.below(3); n > 0; --n) {
      const int64_t number = ledger_.next_number(id_);
      records.push_back(ledger_.add({.place = place,
                                     .value = fmt::format("{}/{}/{}", id_, transaction, number),
                                     .writer = id_,
                                     .number = number,
                                     .transaction = transaction}));
    }
    const bool is_written = co_await producer_.write(place, std::move(records));
    if (!is_written) co_return false;
    if (world_.one_in(3)) co_await world_.pause(static_cast<int64_t>(world_.below(30)));
  }
  co_return true;
}

}  // namespace kappa::kafka::simulation
