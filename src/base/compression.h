#pragma once
// Kafka's codecs over whole blocks: what follows the header of a compressed record batch.
//   gzip    RFC 1952, one or more members
//   snappy  raw, or in the framing of xerial's snappy-java (as Java clients send it); written raw
//   lz4     LZ4 frame format
//   zstd    RFC 8878, one or more frames
// Input is hostile: nothing is allocated by a size that the input claims beyond what its own length
// makes possible, and output stops at size_max. Thread-safe (contexts are per thread).

#include <cstdint>
#include <string>
#include <string_view>

#include "base/status.h"

namespace kappa {

// Numbered as in the attributes of a record batch.
enum class Codec : int8_t { kNone = 0, kGzip = 1, kSnappy = 2, kLz4 = 3, kZstd = 4 };

std::string_view name_of(Codec codec);
// By Kafka's name: none, gzip, snappy, lz4, zstd. Errors: kInvalidArgument.
StatusOr<Codec> codec_of(std::string_view name);

StatusOr<std::string> compress(Codec codec, std::string_view bytes);

// Errors: kDataLoss when the input is damaged or truncated, or has bytes after its end;
// kResourceExhausted when the output would exceed size_max.
StatusOr<std::string> decompress(Codec codec, std::string_view bytes, size_t size_max);
// The same into a buffer that the caller uses again: replaces its content, keeps its capacity.
Status decompress_into(Codec codec, std::string_view bytes, size_t size_max, std::string& out);

}  // namespace kappa
