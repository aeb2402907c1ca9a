// Window functions. Where a function or frame counts rows, the rows are ordered by all columns.

#include <fmt/format.h>

#include "sql/random/query_generator.h"

namespace kappa::random_sql {

std::string QueryGenerator::order_by_all(const Scope& scope) {
  std::vector<std::string> names;
  for (const Column& column : scope) names.push_back(column.name);
  if (names.size() > 1) std::swap(names[0], names[random_.below(names.size())]);
  std::string order;
  for (const std::string& name : names) {
    static const std::vector<std::string> kDirections = {"", "", " DESC", " NULLS FIRST",
                                                         " DESC NULLS LAST"};
    order += (order.empty() ? "" : ", ") + name + random_.pick(kDirections);
  }
  return order;
}

std::string QueryGenerator::frame() {
  static const std::vector<std::string> kStarts = {"UNBOUNDED PRECEDING", "2 PRECEDING",
                                                   "1 PRECEDING", "CURRENT ROW"};
  static const std::vector<std::string> kEnds = {"UNBOUNDED FOLLOWING", "1 FOLLOWING",
                                                 "CURRENT ROW", "2 FOLLOWING"};
  static const std::vector<std::string> kExcludes = {
      "", "", "", " EXCLUDE CURRENT ROW", " EXCLUDE TIES", " EXCLUDE GROUP"};
  return fmt::format("BETWEEN {} AND {}{}", random_.pick(kStarts), random_.pick(kEnds),
                     random_.pick(kExcludes));
}

std::string QueryGenerator::ranked_window(const Scope& scope, const std::string& partition) {
  const std::string& x = random_.pick(scope).name;
  const std::vector<std::string> calls = {"row_number()",
                                          "rank()",
                                          "dense_rank()",
                                          "percent_rank()",
                                          "cume_dist()",
                                          "ntile(3)",
                                          "lag({})",
                                          "lead({}, 2)",
                                          "lag({}, 1)",
                                          "first_value({})",
                                          "last_value({})",
                                          "nth_value({}, 2)",
                                          "lead({} IGNORE NULLS)",
                                          "first_value({} IGNORE NULLS)"};
  const std::string& call = random_.pick(calls);
  use("window " + call);
  std::string order = order_by_all(scope);
  const bool is_rank = call == "rank()" || call == "dense_rank()" || call == "percent_rank()" ||
                       call == "cume_dist()";
  if (is_rank && random_.chance(70)) order = x;
  return fmt::format("{} OVER ({}ORDER BY {})", fmt::format(fmt::runtime(call), x), partition,
                     order);
}

std::string QueryGenerator::framed_window(const Scope& scope, const std::string& partition) {
  const Column& column = random_.pick(scope);
  const bool is_number = column.kind == Kind::kInteger || column.kind == Kind::kDecimal ||
                         column.kind == Kind::kDouble;
  static const std::vector<std::string> kOfNumbers = {"sum",   "avg",    "min",    "max",
                                                      "count", "median", "bool_or"};
  static const std::vector<std::string> kOfAll = {"min", "max", "count"};
  const std::string& name = random_.pick(is_number ? kOfNumbers : kOfAll);
  std::string argument = column.name;
  if (name == "bool_or") argument += " > 1";
  std::string call = name + "(" + argument + ")";
  if (random_.chance(10)) call = name + "(DISTINCT " + argument + ")";
  if (random_.chance(15)) {
    call += fmt::format(" FILTER (WHERE {})", expression(Kind::kBoolean, scope, 1));
  }
  const size_t choice = random_.below(5);
  use(fmt::format("window {} {}", name,
                  choice == 0   ? "whole"
                  : choice == 1 ? "running"
                  : choice == 2 ? "ROWS"
                  : choice == 3 ? "GROUPS"
                                : "RANGE"));
  const std::string& key = random_.pick(scope).name;
  switch (choice) {
    case 0:
      return fmt::format("{} OVER ({})", call, partition);
    case 1:
      return fmt::format("{} OVER ({}ORDER BY {})", call, partition, key);
    case 2:
      return fmt::format("{} OVER ({}ORDER BY {} ROWS {})", call, partition, order_by_all(scope),
                         frame());
    case 3:
      return fmt::format("{} OVER ({}ORDER BY {} GROUPS {})", call, partition, key, frame());
    default:
      return fmt::format("{} OVER ({}ORDER BY {} RANGE {})", call, partition, key, frame());
  }
}

std::string QueryGenerator::window_call(const Scope& scope) {
  std::string partition;
  if (random_.chance(65)) partition = "PARTITION BY " + random_.pick(scope).name + " ";
  return random_.chance(50) ? ranked_window(scope, partition) : framed_window(scope, partition);
}

std::string QueryGenerator::window(int depth) {
  Source rows = source(depth);
  if (rows.columns.empty()) return "";
  std::string items;
  size_t count = 0;
  for (size_t i = 1 + random_.below(2); i > 0; --i) {
    items += fmt::format("{} AS c{}, ", random_.pick(rows.columns).name, count++);
  }
  const size_t windows = 1 + random_.below(2);
  for (size_t i = 0; i < windows; ++i) {
    items += fmt::format("{}{} AS c{}", i > 0 ? ", " : "", window_call(rows.columns), count++);
  }
  std::string sql = fmt::format("SELECT {} FROM {}{}", items, rows.sql, where(rows.columns, 1));
  if (random_.chance(25)) {
    use("QUALIFY");
    sql += random_.chance(50)
               ? fmt::format(" QUALIFY row_number() OVER (PARTITION BY {} ORDER BY {}) <= {}",
                             random_.pick(rows.columns).name, order_by_all(rows.columns),
                             1 + random_.below(3))
               : fmt::format(" QUALIFY {} IS NOT NULL", window_call(rows.columns));
  }
  return sql;
}

}  // namespace kappa::random_sql
