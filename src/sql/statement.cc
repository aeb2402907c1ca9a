#include "sql/statement.h"

#include <duckdb/common/error_data.hpp>
#include <duckdb/main/connection.hpp>
#include <duckdb/parser/expression/constant_expression.hpp>
#include <duckdb/parser/parsed_data/copy_info.hpp>
#include <duckdb/parser/parsed_data/transaction_info.hpp>
#include <duckdb/parser/statement/copy_statement.hpp>
#include <duckdb/parser/statement/extension_statement.hpp>
#include <duckdb/parser/statement/set_statement.hpp>
#include <duckdb/parser/statement/transaction_statement.hpp>

#include "base/ascii.h"
#include "sql/duckdb_error.h"
#include "sql/error.h"
#include "sql/statement_pieces.h"

namespace kappa::sql {
namespace {

using duckdb::SQLStatement;
using duckdb::StatementType;

Status refuse(const std::string& what, const std::string& hint) {
  return make_error({"0A000", what + " is not supported", "", hint});
}

// A setting's or option's value: a constant, or a bare word that parsed as a column.
std::string text_of(const duckdb::ParsedExpression* expression) {
  if (expression == nullptr) return "";
  if (expression->GetExpressionClass() == duckdb::ExpressionClass::CONSTANT)
    return expression->Cast<duckdb::ConstantExpression>().GetLiteral().ToValue().ToString();
  std::string text = expression->ToString();
  if (text.size() >= 2 && text.front() == '"') text = text.substr(1, text.size() - 2);
  return text;
}

TransactionAction transaction_action(const SQLStatement& statement) {
  switch (statement.Cast<duckdb::TransactionStatement>().info->type) {
    case duckdb::TransactionType::COMMIT:
      return TransactionAction::kCommit;
    case duckdb::TransactionType::ROLLBACK:
      return TransactionAction::kRollback;
    default:
      return TransactionAction::kBegin;
  }
}

SetVariable set_variable(const SQLStatement& statement) {
  auto& set = statement.Cast<duckdb::SetStatement>();
  SetVariable body;
  body.name = to_lower(set.name.GetIdentifierName());
  body.is_reset = set.set_type == duckdb::SetType::RESET;
  if (!body.is_reset)
    body.value = text_of(static_cast<const duckdb::SetVariableStatement&>(set).value.get());
  return body;
}

StatusOr<CopyData> copy_data(const SQLStatement& statement) {
  auto& info = *statement.Cast<duckdb::CopyStatement>().info;
  CopyData body;
  body.is_in = info.is_from;
  std::string file = to_lower(info.file_path);
  const char* standard = body.is_in ? "stdin" : "stdout";
  if (file != standard && file != std::string("/dev/") + standard)
    return refuse("COPY with a server file", body.is_in ? "use COPY … FROM STDIN (psql: \\copy)"
                                                        : "use COPY … TO STDOUT (psql: \\copy)");
  body.table = info.Table().GetIdentifierName();
  for (auto& column : info.select_list) body.columns.push_back(column.GetIdentifierName());
  if (info.select_statement) body.query = info.select_statement->ToString();
  if (!info.format.empty()) body.options["format"] = to_lower(info.format);
  for (auto& [name, value] : info.parsed_options)
    body.options[to_lower(name.GetIdentifierName())] = text_of(value.get());
  for (auto& [name, values] : info.options)
    body.options[to_lower(name.GetIdentifierName())] = values.empty() ? "" : values[0].ToString();
  return body;
}

const char* name_of(StatementType type) {
  switch (type) {
    case StatementType::CREATE_STATEMENT:
      return "this form of CREATE";
    case StatementType::DROP_STATEMENT:
      return "this form of DROP";
    case StatementType::ALTER_STATEMENT:
      return "ALTER";
    case StatementType::ATTACH_STATEMENT:
      return "ATTACH";
    case StatementType::DETACH_STATEMENT:
      return "DETACH";
    case StatementType::MERGE_INTO_STATEMENT:
      return "MERGE INTO";
    case StatementType::PREPARE_STATEMENT:
      return "PREPARE";
    case StatementType::EXECUTE_STATEMENT:
      return "EXECUTE";
    case StatementType::LOAD_STATEMENT:
      return "LOAD";
    case StatementType::VACUUM_STATEMENT:
      return "VACUUM";
    case StatementType::CALL_STATEMENT:
      return "CALL";
    case StatementType::PRAGMA_STATEMENT:
      return "PRAGMA";
    case StatementType::EXPORT_STATEMENT:
      return "EXPORT";
    default:
      return "this statement";
  }
}

Status refuse_type(StatementType type) {
  std::string hint;
  if (type == StatementType::CREATE_STATEMENT)
    hint = "kappa knows CREATE SOURCE, CREATE TABLE name (columns) and CREATE MATERIALIZED VIEW";
  if (type == StatementType::DROP_STATEMENT)
    hint = "kappa knows DROP SOURCE, DROP TABLE and DROP MATERIALIZED VIEW";
  if (type == StatementType::PREPARE_STATEMENT || type == StatementType::EXECUTE_STATEMENT)
    hint = "use the extended query protocol, as drivers do";
  return refuse(name_of(type), hint);
}

Status fill_body(SQLStatement& duck, Statement& statement, std::string_view whole) {
  switch (duck.type) {
    case StatementType::SELECT_STATEMENT:
    case StatementType::EXPLAIN_STATEMENT:
    case StatementType::RELATION_STATEMENT:
      statement.body = Query{};
      return OkStatus();
    case StatementType::INSERT_STATEMENT:
      statement.body = Insert{};
      return OkStatus();
    case StatementType::UPDATE_STATEMENT:
      statement.body = Update{};
      return OkStatus();
    case StatementType::DELETE_STATEMENT:
      statement.body = Delete{};
      return OkStatus();
    case StatementType::TRANSACTION_STATEMENT:
      statement.body = transaction_action(duck);
      return OkStatus();
    case StatementType::SET_STATEMENT:
      statement.body = set_variable(duck);
      return OkStatus();
    case StatementType::COPY_STATEMENT: {
      ASSIGN_OR_RETURN(statement.body, copy_data(duck));
      return OkStatus();
    }
    case StatementType::EXTENSION_STATEMENT: {
      auto& pieces = *duck.Cast<duckdb::ExtensionStatement>().parse_data;
      return fill_from_pieces(static_cast<StatementPieces&>(pieces).root, whole, statement);
    }
    default:
      return refuse_type(duck.type);
  }
}

// Builders count bytes, and leave out the position of what is wrong with the statement as a whole.
Status placed(const Status& status, std::string_view whole, size_t begin) {
  SqlError error = error_of(status);
  error.position = character_at(whole, error.position > 0 ? error.position - 1 : begin);
  return make_error(std::move(error));
}

// The statement's own text: from its first to its last character that is not blank or semicolon.
// `cursor` is where the statement before it ended; DuckDB gives each its part of the whole.
void cut_text(const SQLStatement& duck, std::string_view whole, size_t& cursor,
              Statement& statement) {
  size_t begin = std::min(whole.find(duck.query, cursor), whole.size());
  std::string_view text = whole.substr(begin, duck.query.size());
  cursor = begin + text.size();
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.front()))) {
    text.remove_prefix(1);
    begin++;
  }
  while (!text.empty() &&
         (std::isspace(static_cast<unsigned char>(text.back())) || text.back() == ';'))
    text.remove_suffix(1);
  statement.text = std::string(text);
  statement.offset = begin;
}

}  // namespace

StatusOr<std::vector<Statement>> parse(duckdb::Connection& connection, std::string_view text) {
  duckdb::vector<duckdb::unique_ptr<SQLStatement>> parsed;
  try {
    parsed = connection.ExtractStatements(std::string(text));
  } catch (const std::exception& e) {
    return status_of(duckdb::ErrorData(e), text);
  }
  std::vector<Statement> statements;
  auto whole = std::make_shared<const std::string>(text);
  size_t cursor = 0;
  for (auto& duck : parsed) {
    Statement statement;
    cut_text(*duck, text, cursor, statement);
    statement.whole = whole;
    Status filled = fill_body(*duck, statement, text);
    if (!filled.ok()) return placed(filled, text, statement.offset);
    statement.parameter_count = duck->named_param_map.size();
    statement.duck = std::shared_ptr<SQLStatement>(duck.release());
    statements.push_back(std::move(statement));
  }
  return statements;
}

}  // namespace kappa::sql
