#pragma once
// Scalar expressions as templates. `$i` stands for any expression of kind integer, and so on
// (see kind_of_letter); `#` for a small constant.

#include <string>
#include <vector>

#include "sql/random/kinds.h"

namespace kappa::random_sql {

struct Template {
  Kind kind;
  std::string text;
};

const std::vector<Template>& scalar_templates(Kind kind);
Kind kind_of_letter(char letter);

}  // namespace kappa::random_sql
