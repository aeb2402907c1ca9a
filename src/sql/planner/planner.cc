#include "sql/planner.h"

#include <duckdb/common/error_data.hpp>
#include <duckdb/main/client_context.hpp>
#include <duckdb/main/connection.hpp>
#include <duckdb/parser/query_node.hpp>
#include <duckdb/parser/statement/select_statement.hpp>

#include <utility>

#include "sql/duckdb_error.h"
#include "sql/error.h"
#include "sql/planner/logical_plan.h"
#include "sql/planner/plan_text.h"
#include "sql/planner/translation.h"
#include "sql/planner/undetermined_functions.h"

namespace kappa::sql {
namespace {

using Statement = duckdb::unique_ptr<duckdb::SQLStatement>;

StatusOr<Statement> parse_select(duckdb::Connection& connection, const QueryText& text) {
  duckdb::vector<Statement> statements;
  try {
    statements = connection.ExtractStatements(std::string(text.text()));
  } catch (const std::exception& exception) {
    return status_of(duckdb::ErrorData(exception), text.text());
  }
  if (statements.size() != 1 || statements[0]->type != duckdb::StatementType::SELECT_STATEMENT) {
    SqlError error;
    error.sqlstate = "42601";
    error.message = "a view is made of one SELECT statement";
    return make_error(std::move(error));
  }
  return std::move(statements[0]);
}

Status check_types(const flow::Node& root, const data::Types& types) {
  bool are_equal = root.types.size() == types.size();
  for (size_t i = 0; are_equal && i < types.size(); ++i) are_equal = root.types[i] == types[i];
  if (are_equal) return OkStatus();
  return internal_error("plan has other columns than the query");
}

StatusOr<PlannedView> plan_statement(duckdb::ClientContext& context, const QueryText& text,
                                     Statement statement) {
  auto& select = statement->Cast<duckdb::SelectStatement>();
  RETURN_IF_ERROR(refuse_undetermined_functions(context, text, *select.node));
  ASSIGN_OR_RETURN(LogicalPlan logical, make_logical_plan(context, text, std::move(statement)));
  Translation translation(context, text);
  RETURN_IF_ERROR(collect_inputs(translation, *logical.root));
  PlannedView view;
  ASSIGN_OR_RETURN(view.plan.root, translate(translation, *logical.root));
  RETURN_IF_ERROR(check_types(*view.plan.root, logical.types));
  for (auto& input : translation.inputs) {
    view.plan.inputs.push_back(std::move(input.types));
    view.inputs.push_back(std::move(input.read));
  }
  view.relations = std::move(logical.relations);
  view.names = std::move(logical.names);
  view.types = std::move(logical.types);
  view.fingerprint =
      fingerprint_of(fmt::format("{}{}", to_text(view), fmt::join(view.names, "\n")));
  return view;
}

}  // namespace

StatusOr<PlannedView> plan_view(duckdb::Connection& connection, const std::string& query) {
  const QueryText text(query);
  ASSIGN_OR_RETURN(Statement statement, parse_select(connection, text));
  duckdb::ClientContext& context = *connection.context;
  StatusOr<PlannedView> view = internal_error("query was not planned");
  // Exceptions end inside, so that a refused view does not break an open transaction.
  const auto plan = [&] {
    try {
      view = plan_statement(context, text, std::move(statement));
    } catch (const std::exception& exception) {
      view = status_of(duckdb::ErrorData(exception), text.text());
    }
  };
  try {
    context.RunFunctionInTransaction(plan, false);
  } catch (const std::exception& exception) {
    return status_of(duckdb::ErrorData(exception), text.text());
  }
  return view;
}

}  // namespace kappa::sql
