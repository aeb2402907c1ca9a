#pragma once
// The fire test's producers. They know what the server has acknowledged; the checks compare that
// with what the topics hold at the end.

#include <cstdint>
#include <string>
#include <vector>

#include "system/fire_client.h"

namespace kappa::system_test {

// Sends {"w": writer, "n": n} for n = 0, 1, …, idempotently.
class NumberWriter : public FireClient {
 public:
  struct Options {
    uint32_t number = 0;
    std::string topic;
    int32_t partitions = 1;
    int32_t keys = 0;  // 0: records without keys
  };
  NumberWriter(Site& site, Options options);

  // Where a record with the number n goes; the keyed ones by their key.
  int32_t partition_of(int64_t n) const { return static_cast<int32_t>(key_of(n) % partitions()); }
  int64_t key_of(int64_t n) const { return options_.keys > 0 ? n % options_.keys : n; }
  uint32_t number() const { return options_.number; }
  const std::string& topic() const { return options_.topic; }
  int32_t partitions() const { return options_.partitions; }

  // After join(): the offset of each record as the server acknowledged it, by n.
  static constexpr int64_t kNotAcknowledged = -2;
  static constexpr int64_t kWithoutOffset = -1;  // a repetition was recognised
  const std::vector<int64_t>& offsets() const { return offsets_; }

 private:
  void run() override;
  bool send_next(rd_kafka_t* handle);
  static void on_delivery(rd_kafka_t*, const rd_kafka_message_t* message, void* self);

  const Options options_;
  std::vector<int64_t> offsets_;  // of the thread, until it is joined; callbacks come in it, too
};

//                      asked to commit              answered
//   kNotAsked ─────────────────────────▶ kAsked ─────────────────▶ kCommitted
//       │ aborted                            │ refused, aborted
//       └──────────────▶ kAborted ◀──────────┘
enum class Outcome : uint8_t { kNotAsked, kAsked, kCommitted, kAborted };

struct SentTransaction {
  int32_t records = 0;
  Outcome outcome = Outcome::kNotAsked;
};

// Sends transactions t = 0, 1, … of k records {"w": writer, "t": t, "i": i, "k": k} to random
// partitions; aborts some.
class TransactionWriter : public FireClient {
 public:
  static constexpr int32_t kRecordsMax = 8;

  TransactionWriter(Site& site, uint32_t number, Place topic_and_partitions);

  uint32_t number() const { return number_; }
  // After join(): by t.
  const std::vector<SentTransaction>& transactions() const { return transactions_; }

 private:
  void run() override;
  // False: the producer cannot go on.
  bool run_transaction(rd_kafka_t* producer);
  bool send_records(rd_kafka_t* producer);

  const uint32_t number_;
  const std::string topic_;
  const uint32_t partitions_;
  Deliveries deliveries_;
  std::vector<SentTransaction> transactions_;  // of the thread, until it is joined
};

}  // namespace kappa::system_test
