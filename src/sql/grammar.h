#pragma once
// Our statements as rules of DuckDB's own PEG grammar. The rules only say what is syntax; what a
// statement means is read from its pieces: every rule of ours (named Kappa…) that matched is a
// Piece with its place in the text and the pieces inside it. So one parser gives one kind of error
// position, and nothing of DuckDB's transformer is needed.

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <duckdb/parser/parser_extension.hpp>

namespace duckdb {
class ClientContext;
}  // namespace duckdb

namespace kappa::sql {

struct Piece {
  std::string rule;  // "KappaName"
  size_t offset = 0;
  size_t length = 0;
  std::vector<Piece> children;

  std::string_view in(std::string_view text) const { return text.substr(offset, length); }
  // The first child of that rule, at any depth; nullptr: none.
  const Piece* find(std::string_view rule_name) const;
  // All of that rule, at any depth, in order.
  std::vector<const Piece*> find_all(std::string_view rule_name) const;
};

// What the parser hands over inside an ExtensionStatement.
struct StatementPieces : duckdb::ParserExtensionParseData {
  Piece root;  // its rule says which statement it is: "KappaCreateView"

  duckdb::unique_ptr<duckdb::ParserExtensionParseData> Copy() const override;
  std::string ToString() const override { return root.rule; }
};

// Once per database, by its first connection.
void register_grammar(duckdb::ClientContext& context);
// Once per connection that is to understand our statements.
void activate_grammar(duckdb::ClientContext& context);
// Back to DuckDB's own statements, for SQL of ours that is to make tables and views of DuckDB's.
void deactivate_grammar(duckdb::ClientContext& context);

}  // namespace kappa::sql
