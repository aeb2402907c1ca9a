#include "sql/planner/undetermined_functions.h"

#include <duckdb/catalog/catalog.hpp>
#include <duckdb/catalog/catalog_entry/macro_catalog_entry.hpp>
#include <duckdb/catalog/catalog_entry/scalar_function_catalog_entry.hpp>
#include <duckdb/function/scalar_macro_function.hpp>
#include <duckdb/function/table_macro_function.hpp>
#include <duckdb/main/client_context.hpp>
#include <duckdb/parser/expression/columnref_expression.hpp>
#include <duckdb/parser/expression/function_expression.hpp>
#include <duckdb/parser/expression/subquery_expression.hpp>
#include <duckdb/parser/expression/window_expression.hpp>
#include <duckdb/parser/parsed_expression_iterator.hpp>
#include <duckdb/parser/statement/select_statement.hpp>
#include <duckdb/parser/tableref.hpp>
#include <duckdb/parser/tableref/table_function_ref.hpp>

#include <algorithm>
#include <set>
#include <string>
#include <utility>

namespace kappa::sql {
namespace {

using duckdb::CatalogType;

// Written without parentheses; a column of that name must be qualified with its table.
constexpr const char* kKeywords[] = {"current_date",  "current_time",   "current_timestamp",
                                     "localtime",     "localtimestamp", "current_catalog",
                                     "current_schema"};

constexpr const char* kClockFunctions[] = {"now",
                                           "current_date",
                                           "today",
                                           "current_time",
                                           "get_current_time",
                                           "get_current_timestamp",
                                           "age",
                                           "transaction_timestamp",
                                           "current_timestamp",
                                           "localtime",
                                           "localtimestamp",
                                           "current_localtime",
                                           "current_localtimestamp"};

// first(x) and its like say which row they mean; any_value(x) and arg_max(x, y) do not, and are let
// through: for equal rows they give some value.
constexpr const char* kOrderedAggregates[] = {"first",
                                              "last",
                                              "list",
                                              "array_agg",
                                              "string_agg",
                                              "group_concat",
                                              "listagg",
                                              "json_group_array",
                                              "json_group_object"};

constexpr const char* kApproximateAggregates[] = {"approx_quantile", "approx_top_k",
                                                  "reservoir_quantile"};

template <size_t kSize>
bool is_one_of(const char* const (&names)[kSize], const duckdb::Identifier& name) {
  return std::any_of(std::begin(names), std::end(names),
                     [&](const char* candidate) { return name == candidate; });
}

class Walk {
 public:
  Walk(duckdb::ClientContext& context, const QueryText& text) : context_(context), text_(text) {}

  void query(duckdb::QueryNode& node) {
    duckdb::ParsedExpressionIterator::EnumerateQueryNodeChildren(
        node, [this](duckdb::unique_ptr<duckdb::ParsedExpression>& child) { expression(*child); },
        [this](duckdb::TableRef& ref) { relation(ref); });
  }

  Status take_status() { return std::move(status_); }

 private:
  void relation(duckdb::TableRef& ref) {
    if (ref.type == duckdb::TableReferenceType::SHOW_REF) {
      fail(refuse("DESCRIBE, SHOW and SUMMARIZE cannot be maintained in a view", "",
                  text_.position(ref.query_location)));
    }
    if (ref.type != duckdb::TableReferenceType::TABLE_FUNCTION) return;
    auto& function = *ref.Cast<duckdb::TableFunctionRef>().function;
    if (function.GetExpressionClass() != duckdb::ExpressionClass::FUNCTION) return;
    const auto& name = function.Cast<duckdb::FunctionExpression>().GetQualifiedName();
    visit_macro(CatalogType::TABLE_MACRO_ENTRY, name);
  }

  void expression(duckdb::ParsedExpression& expression) {
    switch (expression.GetExpressionClass()) {
      case duckdb::ExpressionClass::FUNCTION:
        call(expression.Cast<duckdb::FunctionExpression>());
        break;
      case duckdb::ExpressionClass::WINDOW:
        window(expression.Cast<duckdb::WindowExpression>());
        break;
      case duckdb::ExpressionClass::COLUMN_REF:
        keyword(expression.Cast<duckdb::ColumnRefExpression>());
        break;
      case duckdb::ExpressionClass::SUBQUERY:
        query(*expression.Cast<duckdb::SubqueryExpression>().SubqueryMutable()->node);
        break;
      default:
        break;
    }
    duckdb::ParsedExpressionIterator::EnumerateChildren(
        expression, [this](duckdb::ParsedExpression& child) { this->expression(child); });
  }

  void keyword(const duckdb::ColumnRefExpression& reference) {
    if (reference.IsQualified()) return;
    for (const char* name : kKeywords) {
      if (reference.GetColumnName() == name) fail_function(name, reference.GetQueryLocation());
    }
  }

  void call(const duckdb::FunctionExpression& call) {
    const std::string name = call.FunctionName().GetIdentifierName();
    // DuckDB calls age(t) consistent although it reads the clock.
    if (call.FunctionName() == "age" && call.GetArguments().size() == 1) {
      return fail_function(name, call.GetQueryLocation());
    }
    duckdb::EntryLookupInfo lookup(CatalogType::SCALAR_FUNCTION_ENTRY, call.GetQualifiedName());
    auto entry = duckdb::Catalog::GetEntry(context_, lookup, duckdb::OnEntryNotFound::RETURN_NULL);
    if (!entry) return;
    if (entry->type == CatalogType::MACRO_ENTRY) {
      call_position_ = macro_depth_ == 0 ? text_.position(call.GetQueryLocation()) : call_position_;
      return visit_macro(CatalogType::MACRO_ENTRY, call.GetQualifiedName());
    }
    if (entry->type == CatalogType::AGGREGATE_FUNCTION_ENTRY) {
      const bool has_order = call.OrderBy() && !call.OrderBy()->orders.empty();
      return aggregate(call.FunctionName(), has_order, call.GetQueryLocation());
    }
    if (entry->type != CatalogType::SCALAR_FUNCTION_ENTRY) return;
    // error() is refused by nobody: it has no value to be different.
    if (call.FunctionName() == "error") return;
    for (const auto& overload :
         entry->Cast<duckdb::ScalarFunctionCatalogEntry>().functions.functions) {
      if (overload->GetStability() != duckdb::FunctionStability::CONSISTENT) {
        return fail_function(name, call.GetQueryLocation());
      }
    }
  }

  void window(const duckdb::WindowExpression& window) {
    const bool has_order = !window.OrderBy().empty() || !window.ArgOrders().empty();
    aggregate(window.FunctionName(), has_order, window.GetQueryLocation());
  }

  void aggregate(const duckdb::Identifier& function, bool has_order,
                 const duckdb::QueryLocation& location) {
    const std::string name = function.GetIdentifierName();
    if (is_one_of(kApproximateAggregates, function)) {
      fail(refuse(fmt::format("{}() cannot be maintained in a view: its value is not exact", name),
                  "quantile_cont(), quantile_disc() and top-N queries are", place(location)));
    }
    if (has_order || !is_one_of(kOrderedAggregates, function)) return;
    fail(refuse(
        fmt::format("{}() in a view needs an ORDER BY: the rows of a view have no order", name),
        fmt::format("write {}(… ORDER BY …)", name), place(location)));
  }

  void visit_macro(CatalogType type, const duckdb::QualifiedName& name) {
    auto entry = duckdb::Catalog::GetEntry(context_, duckdb::EntryLookupInfo(type, name),
                                           duckdb::OnEntryNotFound::RETURN_NULL);
    if (!entry || entry->type != type || !macros_.insert(entry.get()).second) return;
    ++macro_depth_;
    for (const auto& macro : entry->Cast<duckdb::MacroCatalogEntry>().macros) {
      const auto copy = macro->Copy();
      if (macro->type == duckdb::MacroType::SCALAR_MACRO) {
        expression(*copy->Cast<duckdb::ScalarMacroFunction>().expression);
      } else if (macro->type == duckdb::MacroType::TABLE_MACRO) {
        query(*copy->Cast<duckdb::TableMacroFunction>().query_node);
      }
    }
    --macro_depth_;
  }

  void fail_function(const std::string& name, const duckdb::QueryLocation& location) {
    fail(refuse_undetermined_function(name, place(location)));
  }

  // Inside a macro's body locations belong to another text: the call's place is shown.
  int place(const duckdb::QueryLocation& location) const {
    return macro_depth_ == 0 ? text_.position(location) : call_position_;
  }

  void fail(Status status) {
    if (status_.ok()) status_ = std::move(status);
  }

  duckdb::ClientContext& context_;
  const QueryText& text_;
  Status status_;
  std::set<const duckdb::CatalogEntry*> macros_;  // seen: each body once, also when recursive
  int macro_depth_ = 0;
  int call_position_ = 0;
};

}  // namespace

Status refuse_undetermined_function(const std::string& name, int position) {
  if (is_one_of(kClockFunctions, duckdb::Identifier(name))) {
    return refuse(
        fmt::format("{}() in a view needs clock ticks in the log, which are not built yet", name),
        "compare with a time column of the data instead", position);
  }
  return refuse(
      fmt::format("function {}() cannot be used in a view: its value is not determined by "
                  "the data",
                  name),
      "compute the value when the row is written, and store it in a column", position);
}

Status refuse_undetermined_functions(duckdb::ClientContext& context, const QueryText& text,
                                     duckdb::QueryNode& query) {
  Walk walk(context, text);
  walk.query(query);
  return walk.take_status();
}

}  // namespace kappa::sql
