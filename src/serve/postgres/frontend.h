#pragma once
// What a client says: bodies of its messages, checked field by field. Views point into the body
// that was given and live as long as it does. Every malformed body is a protocol violation (08P01).

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/status.h"

namespace kappa::serve::postgres {

constexpr int kParametersMax = 65'535;

struct SslRequest {};
struct GssRequest {};
struct CancelRequest {
  int32_t process_id = 0;
  int32_t secret = 0;
};
struct StartupMessage {
  int minor_version = 0;
  std::vector<std::pair<std::string, std::string>> parameters;
};
using Startup = std::variant<SslRequest, GssRequest, CancelRequest, StartupMessage>;

struct ParseMessage {
  std::string_view name;
  std::string_view query;
  std::vector<uint32_t> parameter_oids;
};

struct BindMessage {
  std::string_view portal;
  std::string_view statement;
  std::vector<int16_t> parameter_formats;
  struct Value {
    std::string_view bytes;
    bool is_null = false;
  };
  std::vector<Value> values;
  std::vector<int16_t> result_formats;
};

// Of Describe and Close: a statement ('S') or a portal ('P').
struct NamedTarget {
  char kind = 0;
  std::string_view name;
};

struct ExecuteMessage {
  std::string_view portal;
  int32_t rows_max = 0;  // 0: all
};

StatusOr<Startup> parse_startup(std::string_view body);
StatusOr<ParseMessage> parse_parse(std::string_view body);
StatusOr<BindMessage> parse_bind(std::string_view body);
StatusOr<NamedTarget> parse_target(std::string_view body);
StatusOr<ExecuteMessage> parse_execute(std::string_view body);
// Of Query and CopyFail.
StatusOr<std::string_view> parse_text(std::string_view body);

// The format of item `index` by a Bind message's list: none given: 0, one: for all, else its own.
inline int16_t format_at(const std::vector<int16_t>& formats, size_t index) {
  if (formats.empty()) return 0;
  return formats.size() == 1 ? formats[0] : formats[index];
}

}  // namespace kappa::serve::postgres
