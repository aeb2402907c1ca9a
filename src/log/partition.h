#pragma once
// A partition's log: an append-only sequence of Kafka record batches (format v2), kept as they
// came. This small interface is all that `kafka` and `engine` know; segments are one
// implementation.
//
//   log_start <= durable end <= log_end;  what lies below log_start is gone (retention, trim);
//   offsets from there on need not all have a record: compaction takes records out;
//    readers see records below high_watermark:
//   durability=sync: the durable end (a reader never sees what a crash could take back);
//   durability=os:   log_end.
//    readers of committed records see those below last_stable (log_start to high_watermark), where
//    every transaction has ended for good, and pass over what was aborted.
//
// Thread-safe. Appends to one partition are ordered by the order of the calls.

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "base/types.h"
#include "env/file_range.h"
#include "log/record_batch.h"

namespace kappa::log {

// What an append waits for before its answer.
enum class Acks {
  kNone,    // answered at once; nothing promised
  kLeader,  // in the page cache: survives a crash of the process
  kAll,     // as the topic's durability says: synced to disk, unless durability=os
};

struct AppendResult {
  Offset base;  // offset of the first record
  Offset log_start;
  TimestampMs log_append_time;  // -1 unless the topic uses LogAppendTime
  bool is_duplicate = false;    // an idempotent producer's retry; base is the original's
};

// Errors: kInvalidArgument bad batch (CRC, counts, magic), kResourceExhausted disk full or too
// large, kAborted sequence or epoch refused (the AppendError says which), kUnavailable the
// partition stopped taking writes.
enum class AppendError {
  kNone,
  kCorrupt,           // CRC or structure
  kInvalidRecord,     // well formed but not allowed here
  kInvalidTimestamp,  // too far from the server's clock
  kTooLarge,
  kOutOfOrderSequence,
  kDuplicateSequence,
  kInvalidProducerEpoch,
  kInvalidTransactionState,  // not part of the transaction that its producer has open here
  kStorage,                  // this partition is fenced after an I/O error
};

struct AppendAnswer {
  Status status;
  AppendError error = AppendError::kNone;  // set when status is not OK
  AppendResult result;
};
using AppendCallback = std::function<void(AppendAnswer)>;

// Whole batches, back to back, unchanged. The first may begin below the offset asked for.
struct Batches {
  std::shared_ptr<const void> owner;  // keeps bytes alive
  std::string_view bytes;             // empty: nothing below `next`
  Offset next;                        // where to read on: there is no record in between
};

// A transaction that was aborted: the batches of its producer in [first, last] are no data.
struct AbortedTransaction {
  int64_t producer_id = -1;
  Offset first;  // of its first record
  Offset last;   // of its marker

  friend bool operator==(const AbortedTransaction&, const AbortedTransaction&) = default;
};

// Batches below last_stable, with what was aborted in them: each transaction with a batch or its
// marker in there, in the order of their first offsets.
struct StableBatches : Batches {
  std::vector<AbortedTransaction> aborted;

  // Whether the batch has records that count.
  bool is_committed(const BatchHeader& header) const;
};

// Batches for those who send them on: where they are in a file, or, when they are few, their bytes.
struct LocatedBatches : StableBatches {
  env::FileRange range;  // bytes are empty when this is not

  bool is_empty() const { return bytes.empty() && range.size_bytes == 0; }
  size_t size_bytes() const { return bytes.size() + range.size_bytes; }
};

struct OpenTransaction {
  int64_t producer_id = -1;
  int16_t producer_epoch = -1;
  Offset first;
  int64_t first_timestamp = -1;  // of its first batch

  friend bool operator==(const OpenTransaction&, const OpenTransaction&) = default;
};

struct ProducerDescription {
  int64_t producer_id = -1;
  int16_t producer_epoch = -1;
  int32_t last_sequence = -1;
  int64_t last_append_ms = -1;
  std::optional<Offset> open_since;  // its open transaction's first offset
};

// A part of the log: whole batches with the records [from, to), in about `bytes` bytes.
struct Piece {
  Offset from;
  Offset to;
  size_t bytes = 0;
};

struct TimestampAndOffset {
  Offset offset;
  TimestampMs timestamp;
};

// Keeps a partition's records from an offset on (Partition::hold). Let go when destroyed.
class Hold {
 public:
  virtual ~Hold() = default;
  // Upwards only: what lies below is not needed any more.
  virtual void move(Offset from) = 0;
};

class Partition {
 public:
  using WatchId = uint64_t;

  virtual ~Partition() = default;

  virtual Offset log_start() const = 0;
  virtual Offset high_watermark() const = 0;
  virtual Offset log_end() const = 0;
  virtual Offset last_stable() const = 0;
  // What last_stable will be once all that was appended has reached the disk.
  virtual Offset stable_end() const = 0;

  // Appends exactly one record batch: checks it, gives it offsets, and calls `done` once, possibly
  // before this returns, else from the flusher's thread. `done` must not block. A transactional
  // batch opens its producer's transaction here: the caller knows that there is one.
  virtual void append(std::string batch, Acks acks, AppendCallback done) = 0;
  // The same for batches that the server makes itself: of any size (up to 2 GiB, 1 GiB when
  // opened), control and transactional ones too. Never for bytes that came from a client.
  virtual void append_internal(std::string batch, Acks acks, AppendCallback done) = 0;

  // Reads whole batches from the one that holds `from` or, where compaction has taken it, from the
  // one after it, up to the high watermark. At least one batch if there is one, however large;
  // further ones while they fit into bytes_max. Without any, `next` is the high watermark.
  // Errors: kOutOfRange below log_start or beyond the high watermark (equal gives empty bytes);
  // kDataLoss in a fenced range, with its limits in the message.
  virtual StatusOr<Batches> read(Offset from, size_t bytes_max) const = 0;

  // The same for committed data: up to last_stable, with the transactions that were aborted. From
  // last_stable on, and up to the high watermark, there is nothing, which is no error.
  virtual StatusOr<StableBatches> read_stable(Offset from, size_t bytes_max) const = 0;

  // The same as read() and read_stable(), without reading what is large: what was checked once is
  // not looked at again, and a few MiB at most are checked now.
  virtual StatusOr<LocatedBatches> locate(Offset from, size_t bytes_max) const = 0;
  virtual StatusOr<LocatedBatches> locate_stable(Offset from, size_t bytes_max) const = 0;

  // Cuts [from, to) into pieces of about piece_bytes, for readers that share the work: in order,
  // without gaps, at batch boundaries, at least one batch each, until bytes_max are covered.
  // read(piece.from, piece.bytes) reads a piece at once. Errors: kOutOfRange as read().
  virtual StatusOr<std::vector<Piece>> cut(Offset from, Offset to, size_t piece_bytes,
                                           size_t bytes_max) const = 0;

  // Removes the records below the offset (DeleteRecords): on disk when it returns. Below log_start
  // it does nothing. Returns log_start. Errors: kOutOfRange beyond the high watermark,
  // kUnavailable (a hold keeps them for now and was asked to move on: try again; or the partition
  // takes no changes any more).
  virtual StatusOr<Offset> trim(Offset new_start) = 0;

  // From now on the records at and above `from` are neither deleted nor compacted: for a reader
  // whose state would not be the same without them. `on_blocked` asks it to move on, because
  // something waits to be deleted or compacted; called from any thread, it must be cheap and must
  // not call back. May wait for a change of the layout. Below log_start it holds from there.
  virtual std::unique_ptr<Hold> hold(Offset from, std::function<void()> on_blocked) = 0;

  // The first record whose timestamp is >= timestamp, below the high watermark, to the record
  // (batches are opened). nullopt: none.
  virtual StatusOr<std::optional<TimestampAndOffset>> find_timestamp(
      TimestampMs timestamp) const = 0;
  // The record with the largest timestamp (ListOffsets -3). nullopt: empty partition.
  virtual StatusOr<std::optional<TimestampAndOffset>> max_timestamp() const = 0;

  // Those who have a sequence or a transaction here, in the order of their ids.
  virtual std::vector<ProducerDescription> producers() const = 0;
  // In the order of their first offsets.
  virtual std::vector<OpenTransaction> open_transactions() const = 0;
  // Whether the transactional batch of the producer at the offset was aborted.
  virtual bool is_aborted(int64_t producer_id, Offset offset) const = 0;

  // Calls `advanced` after each advance of the high watermark or of last_stable, from whatever
  // thread made it, and once when the partition is deleted. It must be cheap and must not call back
  // into this object.
  virtual WatchId watch(std::function<void()> advanced) = 0;
  // After unwatch() returns, the callback neither runs nor will run.
  virtual void unwatch(WatchId id) = 0;

  virtual int64_t size_bytes() const = 0;
};

}  // namespace kappa::log
