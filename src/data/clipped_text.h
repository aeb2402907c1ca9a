#pragma once
// Bytes of a user's record, fit to be shown in a message.

#include <string>
#include <string_view>

namespace kappa::data {

// At most 60 characters of `text`, as valid UTF-8 on one line: control characters and bytes that
// are no UTF-8 become \xNN, a cut is shown by "...".
std::string clipped_text(std::string_view text);

// Whether `text` is UTF-8 as Unicode defines it: no surrogates, no overlong forms.
bool is_utf8(std::string_view text);

}  // namespace kappa::data
