// Scalar expressions, conditions and subqueries in them.

#include <fmt/format.h>

#include <set>

#include "sql/random/query_generator.h"
#include "sql/random/scalar_templates.h"

namespace kappa::random_sql {
namespace {

std::set<std::string>& dead_templates() {
  static std::set<std::string> dead;
  return dead;
}

constexpr Kind kKinds[] = {Kind::kInteger,     Kind::kDecimal,  Kind::kDouble, Kind::kText,
                           Kind::kBoolean,     Kind::kDate,     Kind::kTime,   Kind::kTimestamp,
                           Kind::kTimestampTz, Kind::kInterval, Kind::kBlob,   Kind::kUuid,
                           Kind::kIntegerList, Kind::kTextList, Kind::kStruct, Kind::kMap,
                           Kind::kEnum};

std::vector<const Column*> columns_of_kind(const Scope& scope, Kind kind) {
  std::vector<const Column*> found;
  for (const Column& column : scope) {
    if (column.kind == kind) found.push_back(&column);
  }
  return found;
}

}  // namespace

std::vector<std::string> QueryGenerator::drop_dead_templates(Oracle& oracle) {
  Random random(1);
  std::vector<Relation> none;
  QueryGenerator generator(random, oracle, none);
  for (Kind kind : kKinds) {
    for (const Template& candidate : scalar_templates(kind)) {
      const std::string sql = "SELECT " + generator.filled(candidate.text, {}, 0);
      if (!oracle.columns_of(sql)) dead_templates().insert(candidate.text);
    }
  }
  return {dead_templates().begin(), dead_templates().end()};
}

Kind QueryGenerator::random_kind() {
  if (random_.chance(50)) return kKinds[random_.below(5)];
  return kKinds[random_.below(std::size(kKinds))];
}

std::string QueryGenerator::filled(const std::string& text, const Scope& scope, int depth) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '#') {
      out += std::to_string(random_.below(4));
    } else if (text[i] == '$' && i + 1 < text.size() && isalpha(text[i + 1]) &&
               text.compare(i, 3, "$.y") != 0) {
      out += expression(kind_of_letter(text[++i]), scope, depth - 1);
    } else {
      out += text[i];
    }
  }
  return out;
}

std::string QueryGenerator::expression(Kind kind, const Scope& scope, int depth) {
  const auto columns = columns_of_kind(scope, kind);
  if (depth <= 0 || random_.chance(30)) {
    if (!columns.empty() && random_.chance(85)) return random_.pick(columns)->name;
    return literal(random_, kind);
  }
  if (kind == Kind::kInteger && subquery_depth_ == 0 && random_.chance(4)) {
    return scalar_subquery(scope);
  }
  const auto& templates = scalar_templates(kind);
  if (templates.empty()) return literal(random_, kind);
  const std::string& text = random_.pick(templates).text;
  if (dead_templates().count(text)) return literal(random_, kind);
  use("scalar " + text);
  return filled(text, scope, depth);
}

std::string QueryGenerator::condition(const Scope& scope, int depth) {
  if (subquery_depth_ == 0 && random_.chance(22)) {
    const std::string nested = subquery_condition(scope);
    if (!random_.chance(30)) return nested;
    return fmt::format("({} {} {})", nested, random_.chance(50) ? "OR" : "AND",
                       expression(Kind::kBoolean, scope, depth));
  }
  return expression(Kind::kBoolean, scope, depth);
}

std::string QueryGenerator::where(const Scope& scope, int depth) {
  return random_.chance(55) ? " WHERE " + condition(scope, depth) : "";
}

// FROM and WHERE of a subquery, which half of the time is correlated.
static std::string correlation(Random& random, const Scope& outer, const Scope& inner) {
  std::vector<std::string> pairs;
  for (const Column& left : outer) {
    for (const Column& right : inner) {
      if (left.kind == right.kind && left.kind != Kind::kOther) {
        pairs.push_back(left.name + (random.chance(85) ? " = " : " < ") + right.name);
      }
    }
  }
  return pairs.empty() ? "true" : random.pick(pairs);
}

std::string QueryGenerator::scalar_subquery(const Scope& scope) {
  ++subquery_depth_;
  Source rows = source(0);
  const bool is_correlated = random_.chance(60);
  std::string filter = is_correlated ? correlation(random_, scope, rows.columns)
                                     : expression(Kind::kBoolean, rows.columns, 1);
  static const std::vector<std::string> kAggregates = {
      "count(*)", "sum($i)", "max($i)", "min($i)", "count($t)", "count(DISTINCT $t)"};
  std::string aggregate = filled(random_.pick(kAggregates), rows.columns, 1);
  --subquery_depth_;
  use(is_correlated ? "subquery scalar correlated" : "subquery scalar");
  return fmt::format("(SELECT {} FROM {} WHERE {})", aggregate, rows.sql, filter);
}

std::string QueryGenerator::subquery_condition(const Scope& scope) {
  ++subquery_depth_;
  Source rows = source(random_.chance(20) ? 1 : 0);
  const bool is_correlated = random_.chance(55);
  std::string filter = is_correlated ? correlation(random_, scope, rows.columns) : "true";
  if (random_.chance(40)) filter += " AND " + expression(Kind::kBoolean, rows.columns, 1);
  const Kind kind = scope.empty() ? Kind::kInteger : random_.pick(scope).kind;
  const std::string left = expression(kind, scope, 1);
  const std::string inner = expression(kind, rows.columns, 1);
  const std::string from = fmt::format("FROM {} WHERE {}", rows.sql, filter);
  std::string form, sql;
  switch (random_.below(7)) {
    case 0:
      form = "IN", sql = fmt::format("({} IN (SELECT {} {}))", left, inner, from);
      break;
    case 1:
      form = "NOT IN", sql = fmt::format("({} NOT IN (SELECT {} {}))", left, inner, from);
      break;
    case 2:
      form = "EXISTS", sql = fmt::format("EXISTS (SELECT 1 {})", from);
      break;
    case 3:
      form = "NOT EXISTS", sql = fmt::format("NOT EXISTS (SELECT {} {})", inner, from);
      break;
    case 4:
      form = "ANY", sql = fmt::format("({} <= ANY (SELECT {} {}))", left, inner, from);
      break;
    case 5:
      form = "ALL", sql = fmt::format("({} > ALL (SELECT {} {}))", left, inner, from);
      break;
    default:
      form = "compared", sql = fmt::format("({} >= (SELECT max({}) {}))", left, inner, from);
  }
  --subquery_depth_;
  use("subquery " + form + (is_correlated ? " correlated" : ""));
  return sql;
}

}  // namespace kappa::random_sql
