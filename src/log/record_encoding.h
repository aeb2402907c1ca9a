#pragma once
// How records and batches are written: shared by those that make batches and those that rewrite
// them.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "log/record_batch.h"

namespace kappa::log {

// Of a zig-zag varint.
size_t varint_size(int64_t value);

// Bytes with their length, -1 for null.
size_t nullable_size(const std::optional<std::string_view>& bytes);
void write_nullable(Writer& writer, const std::optional<std::string_view>& bytes);

// A whole batch of this header and its records' bytes (compressed if the header says so); length
// and checksum are computed here. Errors: kResourceExhausted when it exceeds 2 GiB.
StatusOr<std::string> assemble_batch(BatchHeader header, std::string_view block);

}  // namespace kappa::log
