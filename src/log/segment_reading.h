#pragma once
// What reading a segment and locating in it share. Private to Segment.

#include <memory>
#include <optional>
#include <string_view>

#include "base/status.h"
#include "env/env.h"
#include "log/record_batch.h"

namespace kappa::log {

// Bytes of a file that a reader holds on to.
struct Span {
  std::shared_ptr<char[]> owner;
  std::string_view bytes;
};

inline StatusOr<Span> read_span_at(const env::File& file, int64_t position, size_t count) {
  Span span;
  span.owner = std::make_shared_for_overwrite<char[]>(count);
  ASSIGN_OR_RETURN(size_t size, file.read_at(position, count, span.owner.get()));
  span.bytes = {span.owner.get(), size};
  return span;
}

struct ReadRequest {
  Offset from;
  Offset limit;
  size_t bytes_max;
  bool is_checked;                 // checksums too
  std::optional<Offset> gaps_end;  // batches may begin above what is expected, and end up to here

  bool is_expected(const BatchHeader& header, Offset expected) const {
    if (!gaps_end.has_value()) return header.base == expected;
    return header.base >= expected && header.next() <= *gaps_end;
  }
};

}  // namespace kappa::log
