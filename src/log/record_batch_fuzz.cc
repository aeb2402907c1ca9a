// Any bytes as record batches: as they are, and with a checksum that was made right, so that the
// records behind it are reached. No crash; what is accepted can be read.

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/check.h"
#include "base/crc32c.h"
#include "log/append_check.h"
#include "log/records.h"

namespace {

using namespace kappa;
using namespace kappa::log;

void read_all(std::string_view batches) {
  RecordReader reader;
  std::vector<RecordHeader> headers;
  Status status = reader.for_each(batches, Offset(0), [&headers](const Record& record) {
    (void)record.parse_headers(headers);
  });
  (void)status;
}

void append(std::string batch) {
  TopicConfig config{.segment_bytes = 1 << 20, .message_bytes_max = 1 << 20};
  CheckedBatch checked = check_batch(batch, AppendSource::kClient, config, 0);
  if (!checked.status.ok()) return;
  int32_t count = 0;
  RecordReader reader;
  Status status = reader.for_each(batch, Offset(0), [&count](const Record&) { ++count; });
  KAPPA_CHECK_OK(status);
  KAPPA_CHECK_EQ(count, checked.header.record_count);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string batch(reinterpret_cast<const char*>(data), size);
  read_all(batch);
  if (size >= kBatchHeaderBytes) {
    Writer writer(batch);
    batch[16] = 2;
    writer.patch_i32(8, static_cast<int32_t>(size - kBatchLengthEnd));
    writer.patch_i32(17,
                     static_cast<int32_t>(crc32c(std::string_view(batch).substr(kBatchCrcStart))));
    read_all(batch);
  }
  append(std::move(batch));
  return 0;
}
