#pragma once
// Text as a JSON string.

#include <optional>
#include <string>
#include <string_view>

namespace kappa::app {

// With its quotes; nullopt is null. Bytes that are no UTF-8 become U+FFFD.
void append_json_text(std::optional<std::string_view> text, std::string& out);

}  // namespace kappa::app
