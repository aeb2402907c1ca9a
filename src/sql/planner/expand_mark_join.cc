// A mark join as semi and anti joins. A left row's mark is TRUE where a right row matches; else
// NULL where for some right row the comparison is NULL; else FALSE.
//
//   matched   = left SEMI right ON all conditions                          -> TRUE
//   unmatched = left ANTI right ON all conditions
//   unknown   = unmatched SEMI right ON null-safe keys AND (the rest IS NULL)  -> NULL
//   known     = unmatched ANTI right ON the same                           -> FALSE
//
// With one ordinary key beside null-safe ones (a correlated NOT IN), "the rest IS NULL" means that
// the key is NULL on either side, so unmatched rows are split by their own key and looked up in the
// groups that matter, without comparing all pairs.

#include <duckdb/common/enums/expression_type.hpp>

#include <utility>

#include "sql/planner/translation.h"

namespace kappa::sql {
namespace {

using flow::Expr;
using flow::JoinKind;
using flow::JoinSpec;
using flow::NodePtr;

NodePtr with_mark(Nodes& nodes, NodePtr rows, duckdb::Value mark) {
  auto expressions = references(rows->types);
  expressions.push_back(constant(std::move(mark)));
  return nodes.project(std::move(rows), std::move(expressions));
}

JoinSpec null_safe_part(const JoinSpec& spec) {
  JoinSpec part;
  for (const auto& key : spec.keys) {
    if (key.is_null_safe) part.keys.push_back(key);
  }
  return part;
}

JoinSpec with_kind(JoinSpec spec, JoinKind kind) {
  spec.kind = kind;
  return spec;
}

// All conditions that may be NULL, bound to left ++ right.
std::vector<Expr> three_valued_part(const JoinSpec& spec, size_t left_width) {
  std::vector<Expr> conditions = spec.residual;
  for (const auto& key : spec.keys) {
    if (key.is_null_safe) continue;
    const auto right =
        move_expression(key.right, [&](size_t position) { return position + left_width; });
    conditions.push_back(
        compare(static_cast<int>(duckdb::ExpressionType::COMPARE_EQUAL), key.left, right));
  }
  return conditions;
}

struct Split {
  std::vector<NodePtr> unknown;
  std::vector<NodePtr> known;
};

void split(Nodes& nodes, const JoinSpec& condition, const NodePtr& rows, const NodePtr& right,
           Split& result) {
  result.unknown.push_back(nodes.join(with_kind(condition, JoinKind::kSemi), rows, right));
  result.known.push_back(nodes.join(with_kind(condition, JoinKind::kAnti), rows, right));
}

// Of `right` only its null-safe keys, once each; `condition` then looks them up as columns.
NodePtr groups_of(Nodes& nodes, const NodePtr& right, JoinSpec& condition) {
  std::vector<Expr> keys;
  for (auto& key : condition.keys) {
    const auto type = key.right->GetReturnType();
    const size_t position = keys.size();
    keys.push_back(std::exchange(key.right, reference(position, type)));
  }
  return nodes.distinct(nodes.project(right, std::move(keys)));
}

Split split_by_one_key(Nodes& nodes, const JoinSpec& spec, const flow::JoinKey& key,
                       const NodePtr& unmatched, const NodePtr& right) {
  Split result;
  JoinSpec in_any = null_safe_part(spec);
  const NodePtr any = groups_of(nodes, right, in_any);
  split(nodes, in_any, nodes.filter(unmatched, {is_null(key.left)}), any, result);
  JoinSpec in_nulls = null_safe_part(spec);
  const NodePtr nulls = groups_of(nodes, nodes.filter(right, {is_null(key.right)}), in_nulls);
  split(nodes, in_nulls, nodes.filter(unmatched, {is_not_null(key.left)}), nulls, result);
  return result;
}

const flow::JoinKey* only_ordinary_key(const JoinSpec& spec) {
  const flow::JoinKey* found = nullptr;
  for (const auto& key : spec.keys) {
    if (key.is_null_safe) continue;
    if (found) return nullptr;
    found = &key;
  }
  return spec.residual.empty() && spec.keys.size() > 1 ? found : nullptr;
}

}  // namespace

NodePtr expand_mark_join(Nodes& nodes, const JoinSpec& spec, const NodePtr& left,
                         const NodePtr& right) {
  const NodePtr matched = nodes.join(with_kind(spec, JoinKind::kSemi), left, right);
  const NodePtr unmatched = nodes.join(with_kind(spec, JoinKind::kAnti), left, right);
  Split rest;
  if (const auto* key = only_ordinary_key(spec)) {
    rest = split_by_one_key(nodes, spec, *key, unmatched, right);
  } else {
    JoinSpec condition = null_safe_part(spec);
    condition.residual = {is_null(all_of(three_valued_part(spec, left->types.size())))};
    split(nodes, condition, unmatched, right, rest);
  }
  std::vector<NodePtr> parts = {with_mark(nodes, matched, duckdb::Value::BOOLEAN(true))};
  for (auto& rows : rest.unknown) {
    parts.push_back(with_mark(nodes, rows, duckdb::Value(duckdb::LogicalType::BOOLEAN)));
  }
  for (auto& rows : rest.known) {
    parts.push_back(with_mark(nodes, rows, duckdb::Value::BOOLEAN(false)));
  }
  return nodes.union_all(std::move(parts));
}

}  // namespace kappa::sql
