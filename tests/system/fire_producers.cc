#include "system/fire_producers.h"

#include <fmt/format.h>

namespace kappa::system_test {

using namespace kappa::test;

namespace {

constexpr int64_t kInFlightMax = 300;
constexpr int kFinishMs = 120'000;

}  // namespace

NumberWriter::NumberWriter(Site& site, Options options)
    : FireClient(site, fmt::format("{} writer {}", options.topic, options.number), options.number),
      options_(std::move(options)) {}

void NumberWriter::run() {
  Settings settings = {{"enable.idempotence", "true"},
                       {"linger.ms", "2"},
                       {"batch.num.messages", "20"},
                       {"message.timeout.ms", "300000"}};
  Handle handle =
      make_handle(RD_KAFKA_PRODUCER, with_site(site_, settings), this, nullptr, on_delivery);
  while (!is_stopping()) {
    uint32_t burst = random_below(6);
    auto sent = static_cast<int64_t>(offsets_.size());
    for (uint32_t i = 0; i < burst && sent - progress() < kInFlightMax; ++i) {
      if (!send_next(handle.get())) return report("cannot send");
    }
    rd_kafka_poll(handle.get(), 5);
  }
  if (rd_kafka_flush(handle.get(), kFinishMs) != RD_KAFKA_RESP_ERR_NO_ERROR) {
    report("no answer to its last records");
  }
}

bool NumberWriter::send_next(rd_kafka_t* handle) {
  auto n = static_cast<int64_t>(offsets_.size());
  std::string key = options_.keys > 0 ? fmt::format("k{}", key_of(n)) : "";
  std::string value = fmt::format(R"({{"w": {}, "n": {}}})", options_.number, n);
  offsets_.push_back(kNotAcknowledged);
  return rd_kafka_producev(handle, RD_KAFKA_V_TOPIC(options_.topic.c_str()),
                           RD_KAFKA_V_PARTITION(partition_of(n)),
                           RD_KAFKA_V_KEY(key.empty() ? nullptr : key.data(), key.size()),
                           RD_KAFKA_V_VALUE(value.data(), value.size()),
                           RD_KAFKA_V_OPAQUE(reinterpret_cast<void*>(n)),
                           RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
                           RD_KAFKA_V_END) == RD_KAFKA_RESP_ERR_NO_ERROR;
}

void NumberWriter::on_delivery(rd_kafka_t*, const rd_kafka_message_t* message, void* self) {
  auto& writer = *static_cast<NumberWriter*>(self);
  auto n = reinterpret_cast<int64_t>(message->_private);
  if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR) {
    writer.report(fmt::format("n={} is refused: {}", n, rd_kafka_err2str(message->err)));
    return;
  }
  int64_t& place = writer.offsets_[static_cast<size_t>(n)];
  if (place != kNotAcknowledged) writer.report(fmt::format("n={} is acknowledged twice", n));
  place = message->offset >= 0 ? message->offset : kWithoutOffset;
  writer.count_progress();
}

TransactionWriter::TransactionWriter(Site& site, uint32_t number, Place topic_and_partitions)
    : FireClient(site, fmt::format("transactions writer {}", number), number),
      number_(number),
      topic_(topic_and_partitions.first),
      partitions_(static_cast<uint32_t>(topic_and_partitions.second)) {}

void TransactionWriter::run() {
  Handle producer;
  while (!is_stopping()) {
    if (!producer)
      producer = make_transactional(site_, fmt::format("writer-{}", number_), deliveries_);
    if (producer && !run_transaction(producer.get())) producer.reset();
    if (producer) rd_kafka_poll(producer.get(), static_cast<int>(random_below(20)));
  }
}

bool TransactionWriter::run_transaction(rd_kafka_t* producer) {
  if (Error error(rd_kafka_begin_transaction(producer)); error) return false;
  transactions_.push_back(
      {.records = 1 + static_cast<int32_t>(random_below(static_cast<uint32_t>(kRecordsMax)))});
  SentTransaction& transaction = transactions_.back();
  deliveries_ = {};
  bool is_sent = send_records(producer);
  // Open, with records in the log; else an abort takes them back before they are sent.
  if (random_below(2) == 0) rd_kafka_flush(producer, 1'000);
  if (is_sent && random_below(4) != 0 && is_all_delivered(producer, deliveries_)) {
    transaction.outcome = Outcome::kAsked;
    Error error = try_until_final(site_, name() + ": commit",
                                  [&] { return rd_kafka_commit_transaction(producer, 5'000); });
    if (!error) {
      transaction.outcome = Outcome::kCommitted;
      count_progress();
      return true;
    }
    if (!rd_kafka_error_txn_requires_abort(error.get())) return false;
  }
  Error error = try_until_final(site_, name() + ": abort",
                                [&] { return rd_kafka_abort_transaction(producer, 5'000); });
  if (error) return false;
  transaction.outcome = Outcome::kAborted;
  return true;
}

bool TransactionWriter::send_records(rd_kafka_t* producer) {
  size_t t = transactions_.size() - 1;
  int32_t records = transactions_.back().records;
  for (int32_t i = 0; i < records; ++i) {
    Place place(topic_, static_cast<int32_t>(random_below(partitions_)));
    if (!produce(
            producer, place,
            fmt::format(R"({{"w": {}, "t": {}, "i": {}, "k": {}}})", number_, t, i, records))) {
      return false;
    }
    ++deliveries_.sent;
  }
  return true;
}

}  // namespace kappa::system_test
