#pragma once
// Iteration over the records in batches: the hot path of every replay. Nothing is allocated per
// record; compressed batches are opened into one buffer that is used again.
//
//   RecordReader reader;
//   RETURN_IF_ERROR(reader.for_each(batches.bytes, from, [&](const Record& record) {…}));
//
// A Record's views point into the batches or into the reader's buffer: they hold until the reader
// comes to the next batch (for_each_batch gives whole batches to those that keep views longer).

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "log/record_batch.h"

namespace kappa::log {

// More than this a batch may not become when opened; protects readers from bombs.
constexpr size_t kDecompressedBytesMax = size_t{1} << 30;

struct RecordHeader {
  std::string_view key;
  std::optional<std::string_view> value;
};

struct Record {
  int64_t offset = 0;
  int64_t timestamp_ms = -1;
  std::optional<std::string_view> key;
  std::optional<std::string_view> value;  // nullopt: a tombstone
  int32_t header_count = 0;
  std::string_view header_bytes;  // undecoded; see parse_headers

  // Replaces out by the headers. Errors: kDataLoss.
  Status parse_headers(std::vector<RecordHeader>& out) const;
};

// The records of one opened batch, in order.
//   RecordCursor cursor(header, block);
//   while (cursor.next(record)) …
//   if (!cursor.ok()) damaged
class RecordCursor {
 public:
  // block: the records' bytes, decompressed.
  RecordCursor(const BatchHeader& header, std::string_view block)
      : header_(header), reader_(block) {}

  // The next record; false at the end or at damage. Headers' own bytes are left undecoded.
  bool next(Record& record);
  // After next() returned false: whether all records were there, with nothing after them.
  bool ok() const {
    return reader_.ok() && index_ == header_.record_count && reader_.remaining() == 0;
  }

 private:
  bool take_bytes(std::optional<std::string_view>& out);

  BatchHeader header_;
  Reader reader_;
  int32_t index_ = 0;
};

// Opens batches with one buffer. Confined to one thread.
class RecordReader {
 public:
  // Calls fn(const Record&) for every record from offset `from` on in `batches` (whole batches, as
  // Partition::read gives them; control batches are passed over). Batches that end below `from`
  // are skipped unopened. Errors: kDataLoss, kResourceExhausted; records before it were passed on.
  template <typename Fn>
  Status for_each(std::string_view batches, Offset from, Fn&& fn) {
    while (!batches.empty()) {
      ASSIGN_OR_RETURN(BatchHeader header, take_header(batches));
      std::string_view batch = batches.substr(0, header.size_bytes());
      batches.remove_prefix(batch.size());
      if (header.is_control() || header.last() < from) continue;
      ASSIGN_OR_RETURN(std::string_view block, open(batch, header));
      RecordCursor cursor(header, block);
      Record record;
      while (cursor.next(record)) {
        if (record.offset >= from.value) fn(static_cast<const Record&>(record));
      }
      if (!cursor.ok()) return damaged(header);
    }
    return OkStatus();
  }

  // The records' bytes of a whole batch: a view into it, or into buffer() when it is compressed.
  StatusOr<std::string_view> open(std::string_view batch, const BatchHeader& header);
  // The header of the whole batch at the front. Errors: kDataLoss.
  static StatusOr<BatchHeader> take_header(std::string_view batches);
  static Status damaged(const BatchHeader& header);

 private:
  std::string buffer_;
};

}  // namespace kappa::log
