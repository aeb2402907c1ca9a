#include "engine/sql_text.h"

namespace kappa::engine {
namespace {

std::string quote(const std::string& text, char mark) {
  std::string out(1, mark);
  for (char c : text) {
    if (c == mark) out += mark;
    out += c;
  }
  out += mark;
  return out;
}

}  // namespace

std::string quote_identifier(const std::string& name) { return quote(name, '"'); }

std::string quote_literal(const std::string& value) { return quote(value, '\''); }

}  // namespace kappa::engine
