// What stands in FROM: tables, views, subqueries, VALUES and joins of these.

#include <fmt/format.h>

#include "sql/random/query_generator.h"

namespace kappa::random_sql {
namespace {

void qualify(std::vector<Column>& columns, const std::string& alias) {
  for (Column& column : columns) column.name = alias + "." + column.name;
}

Scope together(const Scope& left, const Scope& right) {
  Scope all = left;
  all.insert(all.end(), right.begin(), right.end());
  return all;
}

}  // namespace

QueryGenerator::Source QueryGenerator::base() {
  if (relations_.empty()) return values();
  const Relation& relation = random_.pick(relations_);
  const std::string name = alias();
  Source source{relation.name + " AS " + name, relation.columns};
  qualify(source.columns, name);
  return source;
}

QueryGenerator::Source QueryGenerator::aliased(const std::string& query) {
  if (query.empty()) return base();
  auto columns = oracle_.columns_of(query);
  if (!columns) return base();
  const std::string name = alias();
  qualify(*columns, name);
  return {fmt::format("({}) AS {}", query, name), *std::move(columns)};
}

QueryGenerator::Source QueryGenerator::values() {
  if (random_.chance(30)) {
    use("source range()");
    const std::string call = random_.chance(50) ? "range" : "generate_series";
    return aliased(fmt::format("SELECT * FROM {}({}) AS s(n)", call, random_.below(6)));
  }
  use("source VALUES");
  std::string rows;
  const Kind second = random_kind();
  for (size_t i = 1 + random_.below(3); i > 0; --i) {
    rows += fmt::format("{}({}, {})", rows.empty() ? "" : ", ", literal(random_, Kind::kInteger),
                        random_.chance(20) ? "NULL" : literal(random_, second));
  }
  return aliased(fmt::format("SELECT * FROM (VALUES {}) AS v(n, x)", rows));
}

std::string QueryGenerator::join_condition(const Scope& left, const Scope& right) {
  std::vector<std::string> equalities;
  for (const Column& l : left) {
    for (const Column& r : right) {
      if (l.kind != r.kind) continue;
      if (l.kind == Kind::kOther && l.type != r.type) continue;
      const char* equals = random_.chance(90) ? "=" : "IS NOT DISTINCT FROM";
      equalities.push_back(fmt::format("{} {} {}", l.name, equals, r.name));
    }
  }
  const Scope both = together(left, right);
  if (equalities.empty() || random_.chance(10)) return expression(Kind::kBoolean, both, 2);
  std::string condition = random_.pick(equalities);
  if (random_.chance(25)) condition += " AND " + random_.pick(equalities);
  if (random_.chance(30)) condition += " AND " + expression(Kind::kBoolean, both, 2);
  if (random_.chance(5)) condition += " OR " + random_.pick(equalities);
  return condition;
}

QueryGenerator::Source QueryGenerator::joined(int depth) {
  if (random_.chance(12)) return joined_using();
  if (random_.chance(8)) return lateral();
  static const std::vector<std::string> kKinds = {"JOIN",      "JOIN",       "LEFT JOIN",
                                                  "LEFT JOIN", "RIGHT JOIN", "FULL JOIN",
                                                  "SEMI JOIN", "ANTI JOIN",  "CROSS JOIN"};
  Source left = random_.chance(50) ? base() : source(depth - 1);
  Source right = random_.chance(60) ? base() : source(depth - 1);
  const std::string& kind = random_.pick(kKinds);
  use(kind);
  if (kind == "CROSS JOIN") {
    return {left.sql + " CROSS JOIN " + right.sql, together(left.columns, right.columns)};
  }
  std::string sql = fmt::format("{} {} {} ON {}", left.sql, kind, right.sql,
                                join_condition(left.columns, right.columns));
  const bool is_filtering = kind == "SEMI JOIN" || kind == "ANTI JOIN";
  return {sql, is_filtering ? left.columns : together(left.columns, right.columns)};
}

QueryGenerator::Source QueryGenerator::joined_using() {
  Source left = base(), right = base();
  static const std::vector<std::string> kKinds = {"JOIN", "LEFT JOIN", "FULL JOIN", "RIGHT JOIN"};
  const std::string& kind = random_.pick(kKinds);
  std::vector<std::string> shared;
  for (const Column& l : left.columns) {
    const std::string bare = l.name.substr(l.name.find('.') + 1);
    for (const Column& r : right.columns) {
      if (r.kind == l.kind && r.name.substr(r.name.find('.') + 1) == bare) shared.push_back(bare);
    }
  }
  if (shared.empty()) return left;
  use(kind + " USING");
  return aliased(fmt::format("SELECT * FROM {} {} {} USING ({})", left.sql, kind, right.sql,
                             random_.pick(shared)));
}

QueryGenerator::Source QueryGenerator::lateral() {
  Source left = base(), right = base();
  use("LATERAL");
  const std::string condition = join_condition(left.columns, right.columns);
  const std::string name = alias();
  std::string inner = random_.chance(50)
                          ? fmt::format("SELECT count(*) AS n, min({}) AS least FROM {} WHERE {}",
                                        random_.pick(right.columns).name, right.sql, condition)
                          : fmt::format("SELECT {} AS n FROM {} WHERE {}",
                                        random_.pick(right.columns).name, right.sql, condition);
  std::string sql = fmt::format("{}, LATERAL ({}) AS {}", left.sql, inner, name);
  auto columns = oracle_.columns_of(fmt::format("SELECT {}.n FROM {}", name, sql));
  if (!columns) return left;
  Scope scope = left.columns;
  scope.push_back({name + ".n", (*columns)[0].type, (*columns)[0].kind});
  return {sql, std::move(scope)};
}

QueryGenerator::Source QueryGenerator::source(int depth) {
  if (depth <= 0) return base();
  const size_t choice = random_.below(100);
  if (choice < 45) return base();
  if (choice < 75) return joined(depth);
  if (choice < 95) return aliased(query(depth - 1));
  return values();
}

}  // namespace kappa::random_sql
