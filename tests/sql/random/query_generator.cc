#include "sql/random/query_generator.h"

#include <fmt/format.h>

namespace kappa::random_sql {
namespace {

// Binding is where most of the generator's time goes.
constexpr int kTriesMax = 12;

}  // namespace

std::string QueryGenerator::query(int depth) {
  for (int i = 0; i < kTriesMax; ++i) {
    const auto uses = uses_;
    std::string sql = any_form(depth);
    if (!sql.empty() && oracle_.columns_of(sql)) return sql;
    uses_ = uses;
  }
  return "";
}

std::string QueryGenerator::any_form(int depth) {
  struct Weighted {
    size_t weight;
    Form form;
  };
  static const Weighted kForms[] = {
      {24, &QueryGenerator::projection},    {26, &QueryGenerator::aggregation},
      {6, &QueryGenerator::distinct},       {5, &QueryGenerator::distinct_on},
      {11, &QueryGenerator::set_operation}, {7, &QueryGenerator::top_n},
      {13, &QueryGenerator::window},        {4, &QueryGenerator::with_clause},
      {4, &QueryGenerator::unnest},         {2, &QueryGenerator::pivot}};
  size_t total = 0;
  for (const auto& candidate : kForms) total += candidate.weight;
  size_t choice = random_.below(total);
  for (const auto& candidate : kForms) {
    if (choice < candidate.weight) return (this->*candidate.form)(depth);
    choice -= candidate.weight;
  }
  return "";
}

std::string QueryGenerator::select_item(const Scope& scope) {
  if (!scope.empty() && random_.chance(45)) return random_.pick(scope).name;
  if (subquery_depth_ == 0 && random_.chance(8)) return subquery_condition(scope);
  return expression(random_kind(), scope, 3);
}

std::string QueryGenerator::projection(int depth) {
  Source rows = source(depth);
  use("SELECT");
  std::string items;
  if (random_.chance(8)) {
    items = "*";
    if (random_.chance(30)) items = fmt::format("DISTINCT {} AS c0", select_item(rows.columns));
  } else {
    const size_t count = 1 + random_.below(4);
    for (size_t i = 0; i < count; ++i) {
      items += fmt::format("{}{} AS c{}", i > 0 ? ", " : "", select_item(rows.columns), i);
    }
  }
  return fmt::format("SELECT {} FROM {}{}", items, rows.sql, where(rows.columns, 3));
}

std::string QueryGenerator::distinct(int depth) {
  Source rows = source(depth);
  use("DISTINCT");
  return fmt::format("SELECT DISTINCT {} AS c0, {} AS c1 FROM {}{}", select_item(rows.columns),
                     select_item(rows.columns), rows.sql, where(rows.columns, 2));
}

std::string QueryGenerator::distinct_on(int depth) {
  Source rows = source(depth);
  if (rows.columns.empty()) return "";
  use("DISTINCT ON");
  const Column& key = random_.pick(rows.columns);
  return fmt::format("SELECT DISTINCT ON ({}) {} AS c0, {} AS c1 FROM {}{} ORDER BY {}, {}",
                     key.name, key.name, random_.pick(rows.columns).name, rows.sql,
                     where(rows.columns, 2), key.name, order_by_all(rows.columns));
}

std::string QueryGenerator::set_operation(int depth) {
  static const std::vector<std::string> kOperations = {
      "UNION ALL", "UNION", "EXCEPT", "EXCEPT ALL", "INTERSECT", "INTERSECT ALL", "UNION BY NAME"};
  const std::string& operation = random_.pick(kOperations);
  std::vector<Kind> kinds(1 + random_.below(2));
  for (Kind& kind : kinds) kind = random_kind();
  std::string sql;
  const size_t parts = random_.chance(15) ? 3 : 2;
  for (size_t part = 0; part < parts; ++part) {
    Source rows = source(part == 0 ? depth : depth - 1);
    std::string items;
    for (size_t i = 0; i < kinds.size(); ++i) {
      items +=
          fmt::format("{}{} AS c{}", i > 0 ? ", " : "", expression(kinds[i], rows.columns, 1), i);
    }
    if (part > 0) sql += fmt::format(" {} ", operation);
    sql += fmt::format("SELECT {} FROM {}{}", items, rows.sql, where(rows.columns, 1));
  }
  use(operation);
  return sql;
}

std::string QueryGenerator::top_n(int depth) {
  const std::string inner = depth > 0 ? query(depth - 1) : projection(0);
  if (inner.empty()) return "";
  Source rows = aliased(inner);
  if (rows.columns.empty()) return "";
  use("LIMIT");
  std::string sql = fmt::format("SELECT * FROM {} ORDER BY {} LIMIT {}", rows.sql,
                                order_by_all(rows.columns), random_.below(6));
  if (random_.chance(40)) {
    use("OFFSET");
    sql += fmt::format(" OFFSET {}", random_.below(4));
  }
  return sql;
}

std::string QueryGenerator::with_clause(int depth) {
  const std::string inner = query(depth - 1);
  auto columns = inner.empty() ? std::nullopt : oracle_.columns_of(inner);
  if (!columns || columns->empty()) return "";
  use("WITH");
  static const std::vector<std::string> kHints = {"", "MATERIALIZED ", "NOT MATERIALIZED "};
  std::string with = fmt::format("WITH w AS {}({}) ", random_.pick(kHints), inner);
  Scope left = *columns, right = *columns;
  for (Column& column : left) column.name = "a." + column.name;
  for (Column& column : right) column.name = "b." + column.name;
  if (random_.chance(50)) {
    return with + fmt::format("SELECT {} AS c0, {} AS c1 FROM w AS a{}", select_item(left),
                              select_item(left), where(left, 2));
  }
  Scope both = left;
  both.insert(both.end(), right.begin(), right.end());
  return with + fmt::format("SELECT {} AS c0, {} AS c1 FROM w AS a JOIN w AS b ON {}",
                            select_item(both), select_item(both), join_condition(left, right));
}

std::string QueryGenerator::unnest(int depth) {
  Source rows = source(depth);
  use("UNNEST");
  const Kind kind = random_.chance(50) ? Kind::kIntegerList : Kind::kTextList;
  const std::string list = expression(kind, rows.columns, 2);
  if (random_.chance(50)) {
    return fmt::format("SELECT {} AS c0, unnest({}) AS c1 FROM {}{}", select_item(rows.columns),
                       list, rows.sql, where(rows.columns, 2));
  }
  return fmt::format("SELECT {} AS c0, u.x AS c1 FROM {}, UNNEST({}) AS u(x)",
                     select_item(rows.columns), rows.sql, list);
}

std::string QueryGenerator::pivot(int depth) {
  Source rows = source(depth);
  if (rows.columns.empty()) return "";
  use("PIVOT");
  return fmt::format(
      "SELECT * FROM (PIVOT (SELECT {} AS g, coalesce({}, 0) AS p, {} AS v FROM {}) ON p IN (0, 1, "
      "2) USING "
      "count(v) AS n, max(v) AS m GROUP BY g)",
      random_.pick(rows.columns).name, expression(Kind::kInteger, rows.columns, 1),
      random_.pick(rows.columns).name, rows.sql);
}

}  // namespace kappa::random_sql
