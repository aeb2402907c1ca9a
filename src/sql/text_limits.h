#pragma once
// What a client's SQL text may be at most before DuckDB's parser sees it. The parser's memory grows
// with the number of tokens, a few hundred bytes each, and for wrong texts with the square of their
// nesting; nothing can stop it once it runs. So a text that would take the machine's memory is
// refused by a quick look at its tokens.
//
//   tokens    1,000,000     COPY takes more rows than that
//   nesting   500           of ( [ { and of signs in a row: - - - 1
//   number    10,000 characters

#include <string_view>

#include "base/status.h"

namespace kappa::sql {

constexpr size_t kTextTokensMax = 1'000'000;
constexpr size_t kTextNestingMax = 500;
constexpr size_t kNumberBytesMax = 10'000;

// One pass over the text, about 1 ns a byte. Errors: 54001, with the position where it is too much.
Status check_text(std::string_view text);

}  // namespace kappa::sql
