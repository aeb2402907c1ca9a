#include "engine/dml.h"

#include <algorithm>
#include <duckdb/parser/expression/cast_expression.hpp>
#include <duckdb/parser/expression/constant_expression.hpp>
#include <duckdb/parser/query_node/delete_query_node.hpp>
#include <duckdb/parser/query_node/insert_query_node.hpp>
#include <duckdb/parser/query_node/update_query_node.hpp>
#include <duckdb/parser/statement/delete_statement.hpp>
#include <duckdb/parser/statement/insert_statement.hpp>
#include <duckdb/parser/statement/select_statement.hpp>
#include <duckdb/parser/statement/update_statement.hpp>
#include <duckdb/parser/tableref/basetableref.hpp>
#include <duckdb/parser/tableref/expressionlistref.hpp>

#include "base/ascii.h"
#include "engine/snapshot.h"
#include "engine/sql_text.h"
#include "sql/error.h"

namespace kappa::engine {
namespace {

Status refuse(const char* sqlstate, std::string message, std::string hint = "") {
  return sql::make_error({sqlstate, std::move(message), "", std::move(hint)});
}

std::string join(const std::vector<std::string>& parts) {
  std::string text;
  for (const std::string& part : parts) text += (text.empty() ? "" : ", ") + part;
  return text;
}

std::string cast(const std::string& expression, const sql::Column& column) {
  return "CAST(" + expression + " AS " + column.type.ToString() + ")";
}

size_t index_of(const Definition& table, const std::string& name) {
  for (size_t i = 0; i < table.columns.size(); i++)
    if (to_lower(table.columns[i].name) == to_lower(name)) return i;
  return table.columns.size();
}

StatusOr<size_t> column_index(const Definition& table, const std::string& name) {
  size_t index = index_of(table, name);
  if (index < table.columns.size()) return index;
  return refuse("42703",
                fmt::format("column \"{}\" of relation \"{}\" does not exist", name, table.name));
}

std::string default_of(const Definition& table, size_t column) {
  return table.defaults[column].empty() ? "NULL" : table.defaults[column];
}

std::string column_list(const Definition& table) {
  std::vector<std::string> names;
  for (const sql::Column& column : table.columns) names.push_back(quote_identifier(column.name));
  return join(names);
}

// The outer query: the row as such, hidden old keys, then what RETURNING computes from the row.
template <typename Returning>
std::string with_returning(const std::string& inner, const Definition& table,
                           const std::string& alias, size_t old_keys, const Returning& returning) {
  std::vector<std::string> selected;
  std::string names = column_list(table);
  for (const sql::Column& column : table.columns)
    selected.push_back(quote_identifier(alias) + "." + quote_identifier(column.name));
  for (size_t i = 0; i < old_keys; i++) {
    std::string name = fmt::format("\"kappa_old_{}\"", i);
    names += ", " + name;
    selected.push_back(name);
  }
  for (const auto& expression : returning) {
    std::string text = expression->ToString();
    if (!expression->GetAlias().GetIdentifierName().empty() &&
        text.find(" AS ") == std::string::npos)
      text += " AS " + quote_identifier(expression->GetAlias().GetIdentifierName());
    selected.push_back(std::move(text));
  }
  return "SELECT " + join(selected) + " FROM (" + inner + ") AS " + quote_identifier(alias) + "(" +
         names + ")";
}

std::string ctes_of(const duckdb::QueryNode& node) {
  return node.cte_map.map.empty() ? "" : node.cte_map.ToString() + " ";
}

// DEFAULT in a VALUES list becomes the column's default; every value is cast to its column's type,
// so that parameters get it too.
Status prepare_values(duckdb::ExpressionListRef& list, const Definition& table,
                      const std::vector<size_t>& targets, std::vector<std::string>& rows) {
  for (auto& row : list.values) {
    if (row.size() > targets.size())
      return refuse("42601", "INSERT has more expressions than target columns");
    if (row.size() < targets.size())
      return refuse("42601", "INSERT has more target columns than expressions");
    std::vector<std::string> cells;
    for (size_t i = 0; i < row.size(); i++) {
      bool is_default = row[i]->GetExpressionType() == duckdb::ExpressionType::VALUE_DEFAULT;
      std::string text = is_default ? default_of(table, targets[i]) : row[i]->ToString();
      cells.push_back(cast(text, table.columns[targets[i]]));
    }
    rows.push_back("(" + join(cells) + ")");
  }
  return OkStatus();
}

StatusOr<std::vector<size_t>> insert_targets(const duckdb::InsertQueryNode& node,
                                             const Definition& table) {
  std::vector<size_t> targets;
  for (const auto& column : node.columns) {
    ASSIGN_OR_RETURN(size_t index, column_index(table, column.GetIdentifierName()));
    if (std::count(targets.begin(), targets.end(), index))
      return refuse("42701", fmt::format("column \"{}\" specified more than once",
                                         column.GetIdentifierName()));
    targets.push_back(index);
  }
  if (!node.columns.empty()) return targets;
  for (size_t i = 0; i < table.columns.size(); i++) targets.push_back(i);
  return targets;
}

StatusOr<WriteQuery> insert_query(duckdb::InsertQueryNode& node, const Definition& table) {
  if (node.on_conflict_info)
    return refuse("0A000", "INSERT … ON CONFLICT is not supported",
                  "INSERT of a key that exists overwrites the row");
  ASSIGN_OR_RETURN(std::vector<size_t> targets, insert_targets(node, table));
  std::string rows_text;
  if (node.default_values) {
    targets.clear();
    rows_text = "SELECT 1";
  } else if (auto list = node.GetValuesList()) {
    std::vector<std::string> rows;
    RETURN_IF_ERROR(prepare_values(*list, table, targets, rows));
    rows_text = "VALUES " + join(rows);
  } else {
    rows_text = node.select_statement->ToString();
  }
  std::vector<std::string> source_names, cells;
  for (size_t i = 0; i < targets.size(); i++) source_names.push_back(fmt::format("c{}", i));
  for (size_t column = 0; column < table.columns.size(); column++) {
    auto target = std::find(targets.begin(), targets.end(), column);
    std::string value = target == targets.end() ? default_of(table, column)
                                                : fmt::format("c{}", target - targets.begin());
    cells.push_back(cast(value, table.columns[column]));
  }
  if (targets.empty()) source_names.push_back("c0");
  std::string inner = ctes_of(node) + "SELECT " + join(cells) + " FROM (" + rows_text +
                      ") AS kappa_rows(" + join(source_names) + ")";
  WriteQuery query{WriteKind::kInsert, table.name};
  query.sql = with_returning(inner, table, table.name, 0, node.returning_list);
  query.row_columns = table.columns.size();
  query.has_returning = !node.returning_list.empty();
  return query;
}

Status check_keyed(const Definition& table, const char* what) {
  if (table.is_keyed()) return OkStatus();
  return refuse("0A000",
                fmt::format("{} on \"{}\": the table has no primary key", what, table.name),
                "its rows are records of the log; a table WITH a primary key can be changed");
}

std::string alias_of(const duckdb::TableRef& ref, const Definition& table) {
  std::string alias = ref.alias.GetIdentifierName();
  return alias.empty() ? table.name : alias;
}

StatusOr<WriteQuery> update_query(duckdb::UpdateQueryNode& node, const Definition& table) {
  RETURN_IF_ERROR(check_keyed(table, "UPDATE"));
  std::string alias = alias_of(*node.table, table);
  std::vector<std::string> cells(table.columns.size());
  bool changes_key = false;
  for (size_t i = 0; i < node.set_info->columns.size(); i++) {
    ASSIGN_OR_RETURN(size_t column,
                     column_index(table, node.set_info->columns[i].GetIdentifierName()));
    auto& expression = node.set_info->expressions[i];
    bool is_default = expression->GetExpressionType() == duckdb::ExpressionType::VALUE_DEFAULT;
    cells[column] = cast(is_default ? default_of(table, column) : expression->ToString(),
                         table.columns[column]);
    changes_key |= std::count(table.key_columns.begin(), table.key_columns.end(), column) > 0;
  }
  for (size_t i = 0; i < cells.size(); i++)
    if (cells[i].empty())
      cells[i] = quote_identifier(alias) + "." + quote_identifier(table.columns[i].name);
  WriteQuery query{WriteKind::kUpdate, table.name};
  query.old_key_columns = changes_key ? table.key_columns.size() : 0;
  for (size_t i = 0; i < query.old_key_columns; i++)
    cells.push_back(quote_identifier(alias) + "." +
                    quote_identifier(table.columns[table.key_columns[i]].name));
  std::string inner = ctes_of(node) + "SELECT " + join(cells) + " FROM " + node.table->ToString();
  if (node.from_table) inner += ", " + node.from_table->ToString();
  if (node.set_info->condition) inner += " WHERE " + node.set_info->condition->ToString();
  query.sql = with_returning(inner, table, alias, query.old_key_columns, node.returning_list);
  query.row_columns = table.columns.size();
  query.has_returning = !node.returning_list.empty();
  return query;
}

StatusOr<WriteQuery> delete_query(duckdb::DeleteQueryNode& node, const Definition& table) {
  RETURN_IF_ERROR(check_keyed(table, "DELETE"));
  std::string alias = alias_of(*node.table, table);
  std::vector<std::string> cells;
  for (const sql::Column& column : table.columns)
    cells.push_back(quote_identifier(alias) + "." + quote_identifier(column.name));
  std::string inner =
      ctes_of(node) + "SELECT DISTINCT " + join(cells) + " FROM " + node.table->ToString();
  for (const auto& used : node.using_clauses) inner += ", " + used->ToString();
  if (node.condition) inner += " WHERE " + node.condition->ToString();
  WriteQuery query{WriteKind::kDelete, table.name};
  query.sql = with_returning(inner, table, alias, 0, node.returning_list);
  query.row_columns = table.columns.size();
  query.has_returning = !node.returning_list.empty();
  return query;
}

StatusOr<std::string> base_name(const duckdb::TableRef& ref) {
  if (ref.type != duckdb::TableReferenceType::BASE_TABLE)
    return refuse("42809", "only a table can be changed");
  return ref.Cast<duckdb::BaseTableRef>().Table().GetIdentifierName();
}

}  // namespace

StatusOr<std::string> written_table(const sql::Statement& statement) {
  auto& duck = *statement.duck;
  if (duck.type == duckdb::StatementType::INSERT_STATEMENT)
    return duck.Cast<duckdb::InsertStatement>().node->qualified_name.Name().GetIdentifierName();
  if (duck.type == duckdb::StatementType::UPDATE_STATEMENT)
    return base_name(*duck.Cast<duckdb::UpdateStatement>().node->table);
  return base_name(*duck.Cast<duckdb::DeleteStatement>().node->table);
}

StatusOr<WriteQuery> make_write_query(const sql::Statement& statement, const Definition& table) {
  auto& duck = *statement.duck;
  if (duck.type == duckdb::StatementType::INSERT_STATEMENT)
    return insert_query(*duck.Cast<duckdb::InsertStatement>().node, table);
  if (duck.type == duckdb::StatementType::UPDATE_STATEMENT)
    return update_query(*duck.Cast<duckdb::UpdateStatement>().node, table);
  return delete_query(*duck.Cast<duckdb::DeleteStatement>().node, table);
}

}  // namespace kappa::engine
