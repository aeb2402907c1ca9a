#include "kafka/testing/simulation/number_writer.h"

#include "kafka/protocol/errors.h"
#include "kafka/protocol/messages/init_producer_id.h"

namespace kappa::kafka::simulation {
namespace {

constexpr int64_t kRetryMs = 50;
constexpr int64_t kKeys = 5;
constexpr int64_t kAtOnceMax = 4;

}  // namespace

NumberWriter::NumberWriter(Site& site, std::string name, const SimulatedTopic& topic)
    : Process(site, std::move(name)),
      topic_(topic),
      sender_(site, client_, static_cast<int16_t>(7 + site.world.below(7))) {}

Task<> NumberWriter::run() {
  while (!site_.is_ending) {
    co_await take_identity();
    co_await write_batches();
  }
}

Task<> NumberWriter::take_identity() {
  const auto version = static_cast<int16_t>(world_.below(6));
  const InitProducerIdRequest request{.transaction_timeout_ms = 60'000};
  while (true) {
    auto answer = co_await client_.call<InitProducerIdApi>(version, request);
    if (answer && answer->error_code == error::kNone) {
      if (!ledger_.plain_ids.insert(answer->producer_id).second) {
        world_.find("{}: a producer id was given out twice: {}", name(), answer->producer_id);
      }
      sender_.become({answer->producer_id, answer->producer_epoch});
      co_return;
    }
    co_await world_.pause(kRetryMs);
  }
}

Task<> NumberWriter::write_batches() {
  const uint64_t count = 20 + world_.below(100);
  for (uint64_t i = 0; i < count && !site_.is_ending; ++i) {
    add_batch();
    const int16_t error = co_await sender_.settle(world_.below(BatchSender::kUnderWayMax));
    if (error != error::kNone) co_return judge(error);
    if (world_.one_in(3)) co_await world_.pause(static_cast<int64_t>(world_.below(50)));
  }
  const int16_t error = co_await sender_.settle(0);
  if (error != error::kNone) judge(error);
}

void NumberWriter::add_batch() {
  const TopicPartition place = place_in(
      topic_, static_cast<int32_t>(world_.below(static_cast<uint64_t>(topic_.partitions))));
  std::vector<size_t> records;
  const uint64_t count = 1 + world_.below(kAtOnceMax);
  for (uint64_t i = 0; i < count; ++i) {
    const int64_t number = ledger_.next_number(name());
    SentRecord record{.place = place,
                      .value = fmt::format("{}/{}", name(), number),
                      .writer = name(),
                      .number = number};
    if (topic_.is_compacted) record.key = fmt::format("{}-{}", name(), number % kKeys);
    records.push_back(ledger_.add(std::move(record)));
  }
  sender_.add(place, std::move(records));
}

// The server may only lose a producer's sequence where it may lose its records.
void NumberWriter::judge(int16_t error) {
  const bool is_lost_sequence =
      error == error::kOutOfOrderSequenceNumber || error == error::kDuplicateSequenceNumber;
  if (!is_lost_sequence || topic_.is_synced) {
    world_.find("{}: {} refused a batch that follows what it has acknowledged: error={}", name(),
                topic_.name, error);
  }
  sender_.give_up();
}

}  // namespace kappa::kafka::simulation
