#pragma once
// A request as a client sends it. For tests and benchmarks.

#include <cstdint>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "kafka/protocol/codec.h"
#include "kafka/protocol/frame.h"

namespace kappa::kafka {

// With its size.
template <typename Api>
std::string request_frame(int16_t version, int32_t correlation_id, std::string_view client_id,
                          const typename Api::Request& request) {
  std::string frame;
  Writer writer(frame);
  writer.i32(0);  // the size
  writer.i16(Api::kInfo.api_key);
  writer.i16(version);
  writer.i32(correlation_id);
  writer.i16(static_cast<int16_t>(client_id.size()));
  writer.raw(client_id);
  if (Api::kInfo.flexible.contains(version)) writer.uvarint(0);
  encode(request, version, frame);
  finish_frame(frame);
  return frame;
}

// Whether tagged fields follow the correlation id of an answer.
template <typename Api>
constexpr bool has_tagged_header(int16_t version) {
  constexpr int16_t kApiVersions = 18;  // whose answer every client must be able to read
  return Api::kInfo.flexible.contains(version) && Api::kInfo.api_key != kApiVersions;
}

}  // namespace kappa::kafka
