#pragma once
// "did you mean": the known word that a mistyped one is closest to.

#include <string>
#include <string_view>
#include <vector>

namespace kappa::app {

// The word with the smallest edit distance (Levenshtein); empty when all are too far off to be
// meant.
std::string nearest_word(std::string_view word, const std::vector<std::string>& known);

}  // namespace kappa::app
