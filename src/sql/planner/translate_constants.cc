// Rows that stand in the query itself: VALUES, SELECT without FROM, provably empty inputs, and
// range(), generate_series() and unnest() of constants in FROM.

#include <duckdb/common/types/column/column_data_collection.hpp>
#include <duckdb/execution/expression_executor.hpp>
#include <duckdb/main/client_context.hpp>
#include <duckdb/main/connection.hpp>
#include <duckdb/main/query_result.hpp>
#include <duckdb/planner/operator/logical_column_data_get.hpp>
#include <duckdb/planner/operator/logical_expression_get.hpp>
#include <duckdb/planner/operator/logical_get.hpp>

#include <algorithm>

#include "sql/planner/translation.h"

namespace kappa::sql {
namespace {

using Rows = std::vector<duckdb::vector<duckdb::Value>>;

// The rows of a function are part of the plan: they must not be the data.
constexpr size_t kFunctionRowsMax = 100'000;

flow::NodePtr make_constant(Nodes& nodes, const Rows& rows, const data::Types& types) {
  flow::ConstantSpec spec;
  for (size_t start = 0; start < rows.size(); start += STANDARD_VECTOR_SIZE) {
    const size_t end = std::min<size_t>(rows.size(), start + STANDARD_VECTOR_SIZE);
    auto chunk = std::make_shared<duckdb::DataChunk>();
    chunk->Initialize(duckdb::Allocator::DefaultAllocator(),
                      duckdb::vector<duckdb::LogicalType>(types.begin(), types.end()), end - start);
    for (size_t row = start; row < end; ++row) {
      for (size_t column = 0; column < types.size(); ++column) {
        chunk->data[column].Append(rows[row][column]);
      }
    }
    chunk->SetChildCardinality(end - start);
    spec.rows.push_back(std::move(chunk));
  }
  return nodes.make(std::move(spec), {}, types);
}

bool is_foldable(const duckdb::LogicalExpressionGet& get) {
  for (const auto& row : get.expressions) {
    for (const auto& expression : row) {
      if (!expression->IsFoldable() || expression->CanThrow()) return false;
    }
  }
  return true;
}

// One row per row of expressions and row of the input (which VALUES in a lateral join may use).
StatusOr<flow::NodePtr> translate_rows(Translation& translation, duckdb::LogicalOperator& op) {
  auto& get = op.Cast<duckdb::LogicalExpressionGet>();
  const bool is_constant =
      get.children[0]->type == duckdb::LogicalOperatorType::LOGICAL_DUMMY_SCAN && is_foldable(get);
  ASSIGN_OR_RETURN(auto input, translate_child(translation, op));
  Rows rows;
  std::vector<flow::NodePtr> projections;
  for (const auto& row : get.expressions) {
    ASSIGN_OR_RETURN(auto expressions, import_all(translation, row));
    if (!is_constant) {
      projections.push_back(translation.nodes.project(input, std::move(expressions)));
      continue;
    }
    auto& values = rows.emplace_back();
    for (const auto& expression : row) {
      values.push_back(
          duckdb::ExpressionExecutor::EvaluateScalar(translation.context, *expression));
    }
  }
  if (!is_constant) return translation.nodes.union_all(std::move(projections));
  return make_constant(translation.nodes, rows,
                       data::Types(get.expr_types.begin(), get.expr_types.end()));
}

StatusOr<flow::NodePtr> translate_collection(Translation& translation,
                                             duckdb::LogicalOperator& op) {
  auto& get = op.Cast<duckdb::LogicalColumnDataGet>();
  Rows rows;
  for (auto& chunk : get.collection->Chunks()) {
    for (duckdb::idx_t row = 0; row < chunk.size(); ++row) {
      auto& values = rows.emplace_back();
      for (duckdb::column_t column : get.GetColumnIds()) {
        values.push_back(chunk.GetValue(column, row));
      }
    }
  }
  return make_constant(translation.nodes, rows, data::Types(op.types.begin(), op.types.end()));
}

std::string call_of(const duckdb::LogicalGet& get) {
  std::vector<std::string> arguments;
  for (const auto& parameter : get.parameters) {
    arguments.push_back(
        fmt::format("CAST({} AS {})", parameter.ToSQLString(), parameter.type().ToString()));
  }
  return fmt::format("{}({})", get.function.GetName().GetIdentifierName(),
                     fmt::join(arguments, ", "));
}

// Which columns nobody looks at: count(*) asks for some column to count.
std::vector<bool> row_numbers_of(duckdb::LogicalGet& get) {
  std::vector<bool> result;
  for (const auto& binding : get.GetColumnBindings()) {
    result.push_back(get.GetColumnIds().empty() || get.GetColumnIndex(binding).IsVirtualColumn());
  }
  return result;
}

}  // namespace

bool is_constant_function(duckdb::LogicalGet& get) {
  if (get.GetTable() || !get.children.empty() || get.parameters.empty()) return false;
  const auto& name = get.function.GetName();
  return name == "range" || name == "generate_series" || name == "unnest";
}

StatusOr<flow::NodePtr> translate_constant_function(Translation& translation,
                                                    duckdb::LogicalGet& get) {
  duckdb::Connection connection(*translation.context.db);
  const std::string call = call_of(get);
  auto result =
      connection.Query(fmt::format("SELECT * FROM {} LIMIT {}", call, kFunctionRowsMax + 1));
  if (result->HasError()) return internal_error("{}: {}", call, result->GetError());
  const data::Types types(get.types.begin(), get.types.end());
  const std::vector<bool> is_row_number = row_numbers_of(get);
  Rows rows;
  while (auto chunk = result->Fetch()) {
    for (duckdb::idx_t row = 0; row < chunk->size(); ++row) {
      const duckdb::Value value = chunk->GetValue(0, row);
      auto& values = rows.emplace_back();
      for (size_t i = 0; i < types.size(); ++i) {
        values.push_back(is_row_number[i] ? duckdb::Value(types[i])
                                          : value.DefaultCastAs(types[i]));
      }
    }
  }
  if (rows.size() <= kFunctionRowsMax) return make_constant(translation.nodes, rows, types);
  return refuse(fmt::format("{} in a view has more than {} rows", call, kFunctionRowsMax),
                "keep the rows in a table");
}

StatusOr<flow::NodePtr> translate_constants(Translation& translation, duckdb::LogicalOperator& op) {
  const data::Types types(op.types.begin(), op.types.end());
  switch (op.type) {
    case duckdb::LogicalOperatorType::LOGICAL_EXPRESSION_GET:
      return translate_rows(translation, op);
    case duckdb::LogicalOperatorType::LOGICAL_CHUNK_GET:
      return translate_collection(translation, op);
    case duckdb::LogicalOperatorType::LOGICAL_EMPTY_RESULT:
      return make_constant(translation.nodes, {}, types);
    case duckdb::LogicalOperatorType::LOGICAL_DUMMY_SCAN: {
      // One row whose values nobody looks at.
      Rows rows(1);
      for (const auto& type : types) rows[0].push_back(duckdb::Value(type));
      return make_constant(translation.nodes, rows, types);
    }
    default:
      return internal_error("not a constant: {}", op.GetName());
  }
}

}  // namespace kappa::sql
