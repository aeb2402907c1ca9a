#pragma once
// Texts of ASCII letters, whatever the locale; other bytes stay as they are.

#include <algorithm>
#include <string>
#include <string_view>

namespace kappa {

inline std::string to_lower(std::string_view text) {
  std::string lower(text);
  std::transform(lower.begin(), lower.end(), lower.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return lower;
}

}  // namespace kappa
