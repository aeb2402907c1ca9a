#include "base/compression.h"

#include <lz4frame.h>
#include <snappy.h>
#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <memory>

#include "base/bytes.h"

namespace kappa {
namespace {

Status too_large(Codec codec, size_t size_max) {
  return resource_exhausted("{} data is larger than allowed when decompressed: max={}",
                            name_of(codec), size_max);
}
Status damaged(Codec codec, std::string_view how) {
  return data_loss("{} data is damaged: {}", name_of(codec), how);
}

// Output that grows with what is really produced, up to size_max.
class GrowingOutput {
 public:
  GrowingOutput(std::string& out, size_t size_first, size_t size_max)
      : out_(out), size_max_(size_max) {
    out_.resize(std::min(std::max({size_first, out_.capacity(), size_t{256}}), size_max));
  }
  char* data() { return out_.data() + used_; }
  size_t room() const { return out_.size() - used_; }
  void produced(size_t count) { used_ += count; }
  bool grow() {
    if (out_.size() >= size_max_) return false;
    out_.resize(std::min(out_.size() * 2 + 1, size_max_));
    return true;
  }
  void finish() { out_.resize(used_); }

 private:
  std::string& out_;
  const size_t size_max_;
  size_t used_ = 0;
};

// --- gzip

StatusOr<std::string> gzip_compress(std::string_view bytes) {
  z_stream stream{};
  constexpr int kGzipWrapper = 16;
  if (deflateInit2(&stream, 6, Z_DEFLATED, MAX_WBITS + kGzipWrapper, 8, Z_DEFAULT_STRATEGY) != Z_OK)
    return resource_exhausted("cannot start gzip");
  std::string out(deflateBound(&stream, bytes.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  int result = deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  if (result != Z_STREAM_END) return internal_error("gzip failed: code={}", result);
  return out;
}

Status gunzip(z_stream& stream, GrowingOutput& output, size_t size_max) {
  while (true) {
    stream.next_out = reinterpret_cast<Bytef*>(output.data());
    auto room = static_cast<uInt>(std::min<size_t>(output.room(), UINT32_MAX));
    stream.avail_out = room;
    int result = inflate(&stream, Z_NO_FLUSH);
    output.produced(room - stream.avail_out);
    if (result == Z_STREAM_END) {
      if (stream.avail_in == 0) return OkStatus();
      inflateReset(&stream);  // the next member
      continue;
    }
    if (result != Z_OK && result != Z_BUF_ERROR) return damaged(Codec::kGzip, zError(result));
    if (output.room() == 0) {
      if (!output.grow()) return too_large(Codec::kGzip, size_max);
    } else if (stream.avail_in == 0) {
      return damaged(Codec::kGzip, "truncated");
    }
  }
}

Status gzip_decompress(std::string_view bytes, size_t size_max, std::string& out) {
  z_stream stream{};
  constexpr int kGzipWrapper = 16;
  if (inflateInit2(&stream, MAX_WBITS + kGzipWrapper) != Z_OK)
    return resource_exhausted("cannot start gzip");
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  GrowingOutput output(out, bytes.size() * 4, size_max);
  Status status = gunzip(stream, output, size_max);
  inflateEnd(&stream);
  output.finish();
  return status;
}

// --- snappy

constexpr std::string_view kXerialMagic("\x82SNAPPY\0", 8);
constexpr size_t kXerialHeaderBytes = 16;  // magic, version i32, compatible version i32
// The most that snappy makes of a byte: a copy of 64 bytes takes three (two are never enough).
constexpr size_t kSnappyRatioMax = 32;

Status snappy_append(std::string_view bytes, size_t size_max, std::string& out) {
  size_t size = 0;
  if (!snappy::GetUncompressedLength(bytes.data(), bytes.size(), &size))
    return damaged(Codec::kSnappy, "no length");
  if (size / kSnappyRatioMax > bytes.size()) return damaged(Codec::kSnappy, "impossible length");
  if (size > size_max || out.size() > size_max - size) return too_large(Codec::kSnappy, size_max);
  size_t before = out.size();
  out.resize(before + size);
  if (!snappy::RawUncompress(bytes.data(), bytes.size(), out.data() + before))
    return damaged(Codec::kSnappy, "bad block");
  return OkStatus();
}

Status snappy_decompress(std::string_view bytes, size_t size_max, std::string& out) {
  out.clear();
  if (bytes.substr(0, kXerialMagic.size()) != kXerialMagic)
    return snappy_append(bytes, size_max, out);
  Reader reader(bytes);
  reader.skip(kXerialHeaderBytes);
  while (reader.ok() && reader.remaining() > 0) {
    int32_t size = reader.i32();
    if (size < 0) return damaged(Codec::kSnappy, "negative block length");
    std::string_view block = reader.view(static_cast<size_t>(size));
    if (reader.ok()) RETURN_IF_ERROR(snappy_append(block, size_max, out));
  }
  return reader.ok() ? OkStatus() : damaged(Codec::kSnappy, "truncated");
}

StatusOr<std::string> snappy_compress(std::string_view bytes) {
  std::string out(snappy::MaxCompressedLength(bytes.size()), '\0');
  size_t size = 0;
  snappy::RawCompress(bytes.data(), bytes.size(), out.data(), &size);
  out.resize(size);
  return out;
}

// --- lz4

StatusOr<std::string> lz4_compress(std::string_view bytes) {
  LZ4F_preferences_t preferences{};
  preferences.frameInfo.blockMode = LZ4F_blockIndependent;
  std::string out(LZ4F_compressFrameBound(bytes.size(), &preferences), '\0');
  size_t size =
      LZ4F_compressFrame(out.data(), out.size(), bytes.data(), bytes.size(), &preferences);
  if (LZ4F_isError(size)) return internal_error("lz4 failed: {}", LZ4F_getErrorName(size));
  out.resize(size);
  return out;
}

LZ4F_dctx* lz4_context() {
  struct Deleter {
    void operator()(LZ4F_dctx* context) const { LZ4F_freeDecompressionContext(context); }
  };
  thread_local std::unique_ptr<LZ4F_dctx, Deleter> context = [] {
    LZ4F_dctx* made = nullptr;
    LZ4F_createDecompressionContext(&made, LZ4F_VERSION);
    return std::unique_ptr<LZ4F_dctx, Deleter>(made);
  }();
  if (context != nullptr) LZ4F_resetDecompressionContext(context.get());
  return context.get();
}

Status lz4_decompress(std::string_view bytes, size_t size_max, std::string& out) {
  LZ4F_dctx* context = lz4_context();
  if (context == nullptr) return resource_exhausted("cannot start lz4");
  GrowingOutput output(out, bytes.size() * 4, size_max);
  while (true) {
    size_t produced = output.room();
    size_t consumed = bytes.size();
    size_t hint =
        LZ4F_decompress(context, output.data(), &produced, bytes.data(), &consumed, nullptr);
    if (LZ4F_isError(hint)) return damaged(Codec::kLz4, LZ4F_getErrorName(hint));
    output.produced(produced);
    bytes.remove_prefix(consumed);
    if (hint == 0) break;
    if (output.room() == 0) {
      if (!output.grow()) return too_large(Codec::kLz4, size_max);
    } else if (produced == 0 && consumed == 0) {
      return damaged(Codec::kLz4, "truncated");
    }
  }
  output.finish();
  return bytes.empty() ? OkStatus() : damaged(Codec::kLz4, "bytes after the end");
}

// --- zstd

StatusOr<std::string> zstd_compress(std::string_view bytes) {
  std::string out(ZSTD_compressBound(bytes.size()), '\0');
  size_t size = ZSTD_compress(out.data(), out.size(), bytes.data(), bytes.size(), 3);
  if (ZSTD_isError(size)) return internal_error("zstd failed: {}", ZSTD_getErrorName(size));
  out.resize(size);
  return out;
}

ZSTD_DCtx* zstd_context() {
  struct Deleter {
    void operator()(ZSTD_DCtx* context) const { ZSTD_freeDCtx(context); }
  };
  thread_local std::unique_ptr<ZSTD_DCtx, Deleter> context(ZSTD_createDCtx());
  if (context != nullptr) ZSTD_DCtx_reset(context.get(), ZSTD_reset_session_only);
  return context.get();
}

Status zstd_decompress(std::string_view bytes, size_t size_max, std::string& out) {
  ZSTD_DCtx* context = zstd_context();
  if (context == nullptr) return resource_exhausted("cannot start zstd");
  GrowingOutput output(out, bytes.size() * 4, size_max);
  ZSTD_inBuffer input{bytes.data(), bytes.size(), 0};
  while (true) {
    ZSTD_outBuffer target{output.data(), output.room(), 0};
    size_t hint = ZSTD_decompressStream(context, &target, &input);
    if (ZSTD_isError(hint)) return damaged(Codec::kZstd, ZSTD_getErrorName(hint));
    output.produced(target.pos);
    if (hint == 0 && input.pos == input.size) break;
    if (output.room() == 0) {
      if (!output.grow()) return too_large(Codec::kZstd, size_max);
    } else if (input.pos == input.size) {
      return damaged(Codec::kZstd, "truncated");
    }
  }
  output.finish();
  return OkStatus();
}

}  // namespace

std::string_view name_of(Codec codec) {
  switch (codec) {
    case Codec::kNone:
      return "none";
    case Codec::kGzip:
      return "gzip";
    case Codec::kSnappy:
      return "snappy";
    case Codec::kLz4:
      return "lz4";
    case Codec::kZstd:
      return "zstd";
  }
  return "unknown";
}

StatusOr<Codec> codec_of(std::string_view name) {
  for (Codec codec : {Codec::kNone, Codec::kGzip, Codec::kSnappy, Codec::kLz4, Codec::kZstd}) {
    if (name == name_of(codec)) return codec;
  }
  return invalid_argument("unknown compression codec: name={}", name);
}

StatusOr<std::string> compress(Codec codec, std::string_view bytes) {
  // zlib counts in 32 bits and the caller's block has a 31-bit length anyway.
  if (bytes.size() > INT32_MAX)
    return invalid_argument("block is too large to compress: size={}", bytes.size());
  switch (codec) {
    case Codec::kNone:
      return std::string(bytes);
    case Codec::kGzip:
      return gzip_compress(bytes);
    case Codec::kSnappy:
      return snappy_compress(bytes);
    case Codec::kLz4:
      return lz4_compress(bytes);
    case Codec::kZstd:
      return zstd_compress(bytes);
  }
  return invalid_argument("unknown compression codec: code={}", static_cast<int>(codec));
}

Status decompress_into(Codec codec, std::string_view bytes, size_t size_max, std::string& out) {
  if (bytes.size() > INT32_MAX)
    return invalid_argument("block is too large to decompress: size={}", bytes.size());
  switch (codec) {
    case Codec::kNone:
      if (bytes.size() > size_max) return too_large(codec, size_max);
      out.assign(bytes);
      return OkStatus();
    case Codec::kGzip:
      return gzip_decompress(bytes, size_max, out);
    case Codec::kSnappy:
      return snappy_decompress(bytes, size_max, out);
    case Codec::kLz4:
      return lz4_decompress(bytes, size_max, out);
    case Codec::kZstd:
      return zstd_decompress(bytes, size_max, out);
  }
  return invalid_argument("unknown compression codec: code={}", static_cast<int>(codec));
}

StatusOr<std::string> decompress(Codec codec, std::string_view bytes, size_t size_max) {
  std::string out;
  RETURN_IF_ERROR(decompress_into(codec, bytes, size_max, out));
  return out;
}

}  // namespace kappa
