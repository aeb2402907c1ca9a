#pragma once
// What a circuit computes: a graph of nodes, made by `sql` from DuckDB's logical plan and immutable
// from then on. A node that two others name as input is one operator with two readers.
// Expressions are DuckDB's, bound to positions (BoundReferenceExpression) of the node's input; for
// joins, where said so, of left ++ right. Expressions are shared read-only between workers: each
// worker makes its own ExpressionExecutor.

#include <cstdint>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "data/delta.h"

namespace duckdb {
class Expression;
class BoundAggregateExpression;
class BoundWindowExpression;
}  // namespace duckdb

namespace kappa::flow {

using Expr = std::shared_ptr<const duckdb::Expression>;

// Rows that come in from outside: input number `input` of the circuit.
struct InputSpec {
  size_t input = 0;
  bool is_append_only = true;  // no delta of it ever has a negative weight
};

// Constant rows, there from the first step on.
struct ConstantSpec {
  std::vector<std::shared_ptr<const duckdb::DataChunk>> rows;
};

// Keeps rows for which all conditions are true.
struct FilterSpec {
  std::vector<Expr> conditions;
};

struct ProjectSpec {
  std::vector<Expr> expressions;
};

struct UnionAllSpec {};  // any number of inputs of the same types

// Output: groups, then aggregates. No groups: exactly one row, also on empty input.
// FILTER, DISTINCT and ORDER BY are inside the BoundAggregateExpression; its children, filter and
// orders are bound to the input.
struct AggregateSpec {
  std::vector<Expr> groups;
  std::vector<std::shared_ptr<const duckdb::BoundAggregateExpression>> aggregates;
};

struct DistinctSpec {};  // whole rows

enum class JoinKind {
  kInner,  // left ++ right
  kLeft,   // left ++ right or NULLs
  kRight,  // mirrored
  kFull,
  kSemi,    // left rows with a match
  kAnti,    // left rows without one
  kMark,    // left ++ BOOLEAN: true if a match; else NULL if the comparison was NULL for some right
            // row (a NULL key on either side, right side not empty); else false
  kSingle,  // as left, but a second match for a left row is an error row
};

struct JoinKey {
  Expr left;                  // bound to the left input
  Expr right;                 // bound to the right input, same type
  bool is_null_safe = false;  // IS NOT DISTINCT FROM: NULL equals NULL
};

// No keys: every left row meets every right row (the residual decides).
struct JoinSpec {
  JoinKind kind = JoinKind::kInner;
  std::vector<JoinKey> keys;
  std::vector<Expr> residual;  // bound to left ++ right; all must be true
};

struct OrderKey {
  Expr expression;
  bool is_descending = false;
  bool nulls_first = false;
};

// Per partition (none: one) the rows [offset, offset + limit) in the order given; ties are broken
// by the whole row, ascending, so the result is a function of the rows. With `row_number` set, that
// number (BIGINT, from 1) is appended as last column.
struct TopNSpec {
  std::vector<Expr> partitions;
  std::vector<OrderKey> orders;
  int64_t limit = 0;
  int64_t offset = 0;
  bool has_row_number = false;
};

// Output: the input's columns, then one per window function. The functions' own PARTITION BY is not
// looked at: all have the spec's.
struct WindowSpec {
  std::vector<Expr> partitions;
  std::vector<std::shared_ptr<const duckdb::BoundWindowExpression>> windows;
};

// Each row once per element of its lists. Output: the input's columns, then the elements, list by
// list; shorter lists are filled up with NULL, and a row whose lists are all empty or NULL is gone.
struct UnnestSpec {
  std::vector<Expr> lists;
};

enum class SetOperation { kExceptAll, kIntersectAll };

// Two inputs of the same types, as multisets. (The plain forms are Distinct over these or over
// their inputs; the planner says.)
struct SetSpec {
  SetOperation operation = SetOperation::kExceptAll;
};

using Spec =
    std::variant<InputSpec, ConstantSpec, FilterSpec, ProjectSpec, UnionAllSpec, AggregateSpec,
                 DistinctSpec, JoinSpec, TopNSpec, WindowSpec, UnnestSpec, SetSpec>;

struct Node {
  Spec spec;
  std::vector<std::shared_ptr<const Node>> inputs;
  data::Types types;  // of the output
};
using NodePtr = std::shared_ptr<const Node>;

struct Plan {
  NodePtr root;
  std::vector<data::Types> inputs;  // types of each input
};

// "aggregate", "join", …: for messages and EXPLAIN.
std::string name_of(const Spec& spec);

}  // namespace kappa::flow
