// Aggregates and GROUP BY.

#include <fmt/format.h>

#include "sql/random/query_generator.h"

namespace kappa::random_sql {
namespace {

using Texts = std::vector<std::string>;

// `@` stands for the argument. What depends on the order of the rows is ordered by the argument;
// what is not exact in floating point is rounded.
const Texts kAnyType = {"count(@)",
                        "min(@)",
                        "max(@)",
                        "count(DISTINCT @)",
                        "list(@ ORDER BY @)",
                        "array_agg(DISTINCT @ ORDER BY @ DESC)",
                        "first(@ ORDER BY @)",
                        "last(@ ORDER BY @ NULLS FIRST)",
                        "array_agg(@ ORDER BY @ DESC NULLS LAST)",
                        "any_value(@ ORDER BY @)",
                        "count(*)",
                        "min(@, 2)",
                        "max(@, 2)",
                        "arg_max(@, {'a': @})",
                        "arg_min(@, @)",
                        "max_by(@, @)",
                        "arg_min_null(@, @)",
                        "approx_count_distinct(@)",
                        "histogram(@)",
                        "count(*) - count(@)"};
const Texts kNumbers = {"sum(@)",
                        "avg(@)",
                        "sum(DISTINCT @)",
                        "avg(DISTINCT @)",
                        "median(@)",
                        "quantile_cont(@, 0.25)",
                        "quantile_disc(@, 0.75)",
                        "mad(@)",
                        "round(stddev_samp(@), 4)",
                        "round(var_pop(@), 4)",
                        "round(variance(@), 4)",
                        "round(stddev_pop(DISTINCT @), 4)",
                        "sum(@) - min(@)",
                        "fsum(@)",
                        "favg(@)",
                        "quantile_disc(@, [0.25, 0.5])",
                        "sum(coalesce(@, 0))",
                        "max(@) - min(@)",
                        "round(covar_pop(@, @), 4)",
                        "round(sem(@), 4)",
                        "round(regr_sxx(@, @), 3)",
                        "regr_count(@, @)",
                        "mean(@)",
                        "kahan_sum(@)",
                        "median(DISTINCT @)"};
const Texts kIntegers = {"bit_and(@)", "bit_or(@)",      "bit_xor(@)",     "count_if(@ > 1)",
                         "sum(@ * 2)", "product(@ % 3)", "bool_or(@ > 2)", "sum(@ ORDER BY @)"};
const Texts kTexts = {"string_agg(@, ',' ORDER BY @)",
                      "string_agg(DISTINCT @, '' ORDER BY @)",
                      "max(length(@))",
                      "count_if(@ = 'a')",
                      "listagg(@, '/' ORDER BY @ DESC)",
                      "group_concat(@ ORDER BY @)",
                      "min(upper(@))"};
const Texts kBooleans = {"bool_and(@)", "bool_or(@)", "count_if(@)", "sum(@::INTEGER)", "sum(@)"};
const Texts kTimes = {"median(@)", "quantile_disc(@, 0.5)", "avg(@)", "max(@) - min(@)"};

const Texts* of_kind(Kind kind) {
  switch (kind) {
    case Kind::kInteger:
    case Kind::kDecimal:
    case Kind::kDouble:
      return &kNumbers;
    case Kind::kText:
      return &kTexts;
    case Kind::kBoolean:
      return &kBooleans;
    case Kind::kDate:
    case Kind::kTimestamp:
    case Kind::kTimestampTz:
    case Kind::kTime:
      return &kTimes;
    case Kind::kInterval:
      return nullptr;
    default:
      return nullptr;
  }
}

std::string with_argument(const std::string& text, const std::string& argument) {
  std::string out;
  for (char c : text) out += c == '@' ? argument : std::string(1, c);
  return out;
}

}  // namespace

std::string QueryGenerator::aggregate_of(const Column& column, const Scope& scope) {
  const Texts* special = of_kind(column.kind);
  if (column.kind == Kind::kInteger && random_.chance(25)) special = &kIntegers;
  const std::string& text = random_.pick(special && random_.chance(60) ? *special : kAnyType);
  std::string argument = column.name;
  if (column.kind != Kind::kOther && random_.chance(25)) {
    argument = expression(column.kind, scope, 1);
  }
  use("aggregate " + text);
  std::string call = with_argument(text, argument);
  const bool is_one_call = text.back() == ')' && text.find(" - ") == std::string::npos &&
                           text.find("round(") == std::string::npos;
  if (!is_one_call || !random_.chance(20)) return call;
  use("aggregate FILTER");
  return fmt::format("{} FILTER (WHERE {})", call, expression(Kind::kBoolean, scope, 2));
}

std::string QueryGenerator::aggregate(const Scope& scope) {
  if (scope.empty() || random_.chance(12)) return "count(*)";
  return aggregate_of(random_.pick(scope), scope);
}

std::string QueryGenerator::grouping(const std::vector<std::string>& groups) {
  std::string all;
  for (const std::string& group : groups) all += (all.empty() ? "" : ", ") + group;
  switch (random_.below(10)) {
    case 0:
      use("GROUP BY ROLLUP");
      return " GROUP BY ROLLUP (" + all + ")";
    case 1:
      use("GROUP BY CUBE");
      return " GROUP BY CUBE (" + all + ")";
    case 2:
      use("GROUP BY GROUPING SETS");
      return fmt::format(" GROUP BY GROUPING SETS (({}), ({}), ())", all, groups[0]);
    default:
      use("GROUP BY");
      return " GROUP BY " + all;
  }
}

std::string QueryGenerator::aggregation(int depth) {
  Source rows = source(depth);
  std::vector<std::string> groups;
  for (size_t i = random_.below(3); i > 0 && !rows.columns.empty(); --i) {
    const Column& column = random_.pick(rows.columns);
    const bool is_plain = column.kind == Kind::kOther || random_.chance(70);
    groups.push_back(is_plain ? column.name : expression(column.kind, rows.columns, 1));
  }
  std::string items;
  size_t count = 0;
  const auto add = [&](const std::string& item) {
    items += fmt::format("{}{} AS c{}", items.empty() ? "" : ", ", item, count++);
  };
  for (const std::string& group : groups) add(group);
  for (size_t i = 1 + random_.below(3); i > 0; --i) add(aggregate(rows.columns));
  std::string sql = fmt::format("SELECT {} FROM {}{}", items, rows.sql, where(rows.columns, 2));
  if (groups.empty()) {
    use("GROUP BY nothing");
  } else {
    sql += grouping(groups);
  }
  if (random_.chance(20)) {
    use("HAVING");
    sql += random_.chance(60) ? " HAVING count(*) > 1"
                              : fmt::format(" HAVING {} IS NOT NULL", aggregate(rows.columns));
  }
  return sql;
}

}  // namespace kappa::random_sql
