#include "flow/testing/test_database.h"

#include <duckdb_static_extension.h>

#include <duckdb/execution/column_binding_resolver.hpp>
#include <duckdb/planner/expression/bound_aggregate_expression.hpp>
#include <duckdb/planner/operator/logical_aggregate.hpp>
#include <duckdb/planner/planner.hpp>

#include "base/check.h"

extern "C" int32_t duckdb_extension_core_functions_describe(duckdb_extension_descriptor*);

namespace kappa::flow {

namespace {

duckdb::LogicalOperator& find_operator(duckdb::LogicalOperator& from,
                                       duckdb::LogicalOperatorType type) {
  duckdb::LogicalOperator* found = &from;
  while (found->type != type) {
    KAPPA_CHECK(found->children.size() == 1);
    found = found->children[0].get();
  }
  return *found;
}

// Calls f with the bound plan of a query, whose column references are positions.
template <typename F>
void with_plan(duckdb::Connection& connection, const std::string& sql, F&& f) {
  auto statements = connection.ExtractStatements(sql);
  connection.context->RunFunctionInTransaction([&] {
    duckdb::Planner planner(*connection.context);
    planner.CreatePlan(std::move(statements[0]));
    planner.plan->ResolveOperatorTypes();
    duckdb::ColumnBindingResolver resolver;
    resolver.VisitOperator(*planner.plan);
    f(*planner.plan);
  });
}

}  // namespace

TestDatabase::TestDatabase() {
  static const int32_t registered =
      duckdb_register_static_extension(duckdb_extension_core_functions_describe);
  KAPPA_CHECK_EQ(registered, 0);
  database_ = std::make_unique<duckdb::DuckDB>(nullptr);
  connection_ = std::make_unique<duckdb::Connection>(*database_);
  run("SET threads = 1");
  // The rewriter makes another expression of avg(x) beside sum(x), with another rounding.
  run("SET disabled_optimizers = 'aggregate_function_rewriter'");
}

void TestDatabase::run(const std::string& sql) {
  auto result = connection_->Query(sql);
  if (result->HasError()) check_failed(__FILE__, __LINE__, sql + ": " + result->GetError());
}

int64_t TestDatabase::number(const std::string& sql) {
  auto result = connection_->Query(sql);
  if (result->HasError()) check_failed(__FILE__, __LINE__, sql + ": " + result->GetError());
  return result->Fetch()->GetValue(0, 0).GetValue<int64_t>();
}

std::vector<Expr> TestDatabase::bind(const std::string& expressions, const std::string& from) {
  std::vector<Expr> bound;
  std::string sql = "SELECT " + expressions + " FROM (SELECT * FROM " + from + ") s";
  with_plan(*connection_, sql, [&](duckdb::LogicalOperator& plan) {
    for (auto& expression : plan.expressions) bound.emplace_back(expression->Copy().release());
  });
  return bound;
}

AggregateSpec TestDatabase::bind_aggregate(const std::string& groups, const std::string& aggregates,
                                           const std::string& from) {
  AggregateSpec spec;
  std::string sql = "SELECT " + (groups.empty() ? "" : groups + ", ") + aggregates +
                    " FROM (SELECT * FROM " + from + ") s";
  if (!groups.empty()) sql += " GROUP BY " + groups;
  with_plan(*connection_, sql, [&](duckdb::LogicalOperator& plan) {
    auto& aggregate =
        find_operator(plan, duckdb::LogicalOperatorType::LOGICAL_AGGREGATE_AND_GROUP_BY)
            .Cast<duckdb::LogicalAggregate>();
    for (auto& group : aggregate.groups) spec.groups.emplace_back(group->Copy().release());
    for (auto& expression : aggregate.expressions) {
      auto copy = expression->Copy();
      spec.aggregates.emplace_back(&copy.release()->Cast<duckdb::BoundAggregateExpression>());
    }
  });
  return spec;
}

data::Types TestDatabase::types_of(const std::string& from) {
  auto result = connection_->Query("SELECT * FROM " + from + " LIMIT 0");
  KAPPA_CHECK(!result->HasError());
  return {result->GetTypes().begin(), result->GetTypes().end()};
}

data::Types types_of(const std::vector<Expr>& expressions) {
  data::Types types;
  for (const Expr& expression : expressions) types.push_back(expression->GetReturnType());
  return types;
}

NodePtr make_node(Spec spec, std::vector<NodePtr> inputs, data::Types types) {
  return std::make_shared<Node>(Node{std::move(spec), std::move(inputs), std::move(types)});
}

}  // namespace kappa::flow
