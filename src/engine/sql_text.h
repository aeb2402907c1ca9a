#pragma once
// Names and values as SQL text, for the queries that the engine writes itself.

#include <string>

namespace kappa::engine {

// a"b -> "a""b"
std::string quote_identifier(const std::string& name);
// a'b -> 'a''b'
std::string quote_literal(const std::string& value);

}  // namespace kappa::engine
