#pragma once
// Frames and headers: what surrounds a message on a connection.
//
//   frame    = size i32, then that many bytes: header, body
//   request  = api_key i16, api_version i16, correlation_id i32, client_id nullable string with a
//              16-bit length in every version, tags if the version is flexible
//   response = correlation_id i32, tags if the version is flexible (ApiVersions: never)

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/status.h"
#include "kafka/protocol/schema.h"

namespace kappa::kafka {

// Cuts a stream of bytes into frames. Memory grows with the bytes that came, not with the size that
// the peer claims.
class FrameReader {
 public:
  explicit FrameReader(size_t frame_bytes_max) : frame_bytes_max_(frame_bytes_max) {}

  // Takes bytes off the front of `input` until a frame is whole, then gives it, without its size.
  // nullopt: the input is used up. Errors: kInvalidArgument when the size is negative or above the
  // limit; the stream is then of no use any more.
  StatusOr<std::optional<std::string>> next(std::string_view& input);

 private:
  const size_t frame_bytes_max_;
  std::string size_bytes_;
  std::string frame_;
  size_t frame_bytes_ = 0;
};

struct RequestHeader {
  int16_t api_key = 0;
  int16_t api_version = 0;
  int32_t correlation_id = 0;
  std::string_view client_id;  // a view into the frame; empty also for null
};

// The first part of the header, which is the same in all versions; nullopt when it is short.
// Sets `rest` to what follows it.
std::optional<RequestHeader> read_request_header(std::string_view frame, std::string_view& rest);
// Passes over the tags at the front, which end a flexible header; false when they are malformed.
bool skip_header_tags(std::string_view& rest);

// A response frame with its header; the body is to be appended, then finish_frame() called.
// more_bytes: of the frame that are sent from elsewhere.
std::string begin_response(int32_t correlation_id, bool has_tags, size_t body_bytes_hint);
void finish_frame(std::string& frame, size_t more_bytes = 0);

}  // namespace kappa::kafka
