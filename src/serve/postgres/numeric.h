#pragma once
// PostgreSQL's binary numeric, and decimal text:
//
//   int16 digits | int16 weight | int16 sign | int16 scale | int16 base-10,000 digit ...
//
// The value is the sum of digit[i] * 10000^(weight - i). sign: 0x0000 +, 0x4000 -, 0xc000 NaN,
// 0xd000 and 0xf000 the infinities; scale: decimal digits shown after the point.

#include <string>
#include <string_view>

#include "base/status.h"

namespace kappa::serve::postgres {

// `text` is an optional minus, digits, and optionally a point and more digits.
void append_numeric(std::string& out, std::string_view text);

// The text of a binary numeric; at most 32,768 digits on each side of the point.
StatusOr<std::string> numeric_text(std::string_view bytes);

}  // namespace kappa::serve::postgres
