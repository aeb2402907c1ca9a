#include "kafka/protocol/frame.h"

#include <algorithm>

#include "base/bytes.h"
#include "base/check.h"

namespace kappa::kafka {
namespace {

// What a frame may reserve before its bytes are there.
constexpr size_t kReserveMax = 1 << 20;

// Moves up to `wanted - out.size()` bytes from the front of input to the end of out.
void take(std::string_view& input, std::string& out, size_t wanted) {
  size_t count = std::min(input.size(), wanted - out.size());
  out.append(input.substr(0, count));
  input.remove_prefix(count);
}

}  // namespace

StatusOr<std::optional<std::string>> FrameReader::next(std::string_view& input) {
  constexpr size_t kSizeBytes = 4;
  if (size_bytes_.size() < kSizeBytes) {
    take(input, size_bytes_, kSizeBytes);
    if (size_bytes_.size() < kSizeBytes) return std::nullopt;
    auto size = load_big_endian<int32_t>(size_bytes_.data());
    if (size < 0 || static_cast<size_t>(size) > frame_bytes_max_) {
      return invalid_argument("bad frame size: size={} limit={}", size, frame_bytes_max_);
    }
    frame_bytes_ = static_cast<size_t>(size);
    frame_.reserve(std::min(frame_bytes_, kReserveMax));
  }
  take(input, frame_, frame_bytes_);
  if (frame_.size() < frame_bytes_) return std::nullopt;
  size_bytes_.clear();
  return std::exchange(frame_, {});
}

std::optional<RequestHeader> read_request_header(std::string_view frame, std::string_view& rest) {
  Reader reader(frame);
  RequestHeader header;
  header.api_key = reader.i16();
  header.api_version = reader.i16();
  header.correlation_id = reader.i32();
  int16_t client_id_bytes = reader.i16();
  if (client_id_bytes > 0) header.client_id = reader.view(static_cast<size_t>(client_id_bytes));
  if (!reader.ok() || client_id_bytes < -1) return std::nullopt;
  rest = frame.substr(reader.position());
  return header;
}

bool skip_header_tags(std::string_view& rest) {
  Reader reader(rest);
  uint32_t count = reader.uvarint();
  for (uint32_t i = 0; i < count && reader.ok(); ++i) {
    reader.uvarint();
    reader.skip(reader.uvarint());
  }
  if (reader.ok()) rest.remove_prefix(reader.position());
  return reader.ok();
}

std::string begin_response(int32_t correlation_id, bool has_tags, size_t body_bytes_hint) {
  std::string frame;
  frame.reserve(body_bytes_hint + 16);
  Writer writer(frame);
  writer.i32(0);
  writer.i32(correlation_id);
  if (has_tags) writer.uvarint(0);
  return frame;
}

void finish_frame(std::string& frame, size_t more_bytes) {
  size_t size = frame.size() - 4 + more_bytes;
  KAPPA_CHECK_LE(size, size_t{0x7fffffff});
  Writer(frame).patch_i32(0, static_cast<int32_t>(size));
}

}  // namespace kappa::kafka
