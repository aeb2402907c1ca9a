#pragma once
// How a record is printed: a text with verbs, for shells and people.
//
//   %t topic   %p partition   %o offset   %d timestamp in milliseconds   %e leader epoch
//   %k key     %v value       %h{…} the inner format once per header, whose %k and %v are its own
//   %K %V      sizes of key and value in bytes (-1: null)    %H number of headers
//   %%         a percent sign;  \n \t \r \\ \0 \xNN in the text as in C
//
// %k and %v take a form behind them: %v{hex}, %v{base64}, %v{json} (a JSON string, or null), and
// %v{unpack[<iq]}, which reads numbers: < little and > big endian, b B 1 byte, h H 2, i I 4, q Q 8
// (capital: unsigned), c a character, s what is left as text, x a byte passed over. %d takes
// {rfc3339} and {strftime[%Y-%m-%d]}.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/status.h"

namespace kappa::app {

struct ConsumedRecord {
  std::string_view topic;
  int32_t partition = 0;
  int64_t offset = 0;
  int64_t timestamp_ms = -1;
  int32_t leader_epoch = -1;
  std::optional<std::string_view> key;
  std::optional<std::string_view> value;
  std::vector<std::pair<std::string_view, std::optional<std::string_view>>> headers;
};

class RecordFormat {
 public:
  // Errors: kInvalidArgument, with the place in the text.
  static StatusOr<RecordFormat> parse(std::string_view text);
  RecordFormat(RecordFormat&&) noexcept;
  RecordFormat& operator=(RecordFormat&&) noexcept;
  ~RecordFormat();

  void append(const ConsumedRecord& record, std::string& out) const;

  struct Piece;

 private:
  explicit RecordFormat(std::vector<Piece> pieces);

  std::vector<Piece> pieces_;
};

// One line of JSON: topic, partition, offset, timestamp, key, value, headers. Bytes that are no
// UTF-8 are replaced. `with_value`: else sizes stand in the place of key and value.
void append_json(const ConsumedRecord& record, bool with_value, std::string& out);

}  // namespace kappa::app
