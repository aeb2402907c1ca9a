#pragma once
// Makes the nodes of one plan. Equal nodes (same spec over the same inputs) are one node, so that
// equal sub-plans of a query share their operators and state; steps that change nothing (a
// projection of all columns in order, distinct rows made distinct) are left out.

#include <string>
#include <unordered_map>
#include <vector>

#include "flow/plan.h"

namespace kappa::sql {

class Nodes {
 public:
  flow::NodePtr make(flow::Spec spec, std::vector<flow::NodePtr> inputs, data::Types types);

  flow::NodePtr filter(flow::NodePtr input, std::vector<flow::Expr> conditions);
  flow::NodePtr project(flow::NodePtr input, std::vector<flow::Expr> expressions);
  // Some of the input's columns.
  flow::NodePtr select(flow::NodePtr input, const std::vector<size_t>& positions);
  flow::NodePtr distinct(flow::NodePtr input);
  flow::NodePtr union_all(std::vector<flow::NodePtr> inputs);
  // left ++ right, left ++ BOOLEAN or left, as the kind says.
  flow::NodePtr join(flow::JoinSpec spec, flow::NodePtr left, flow::NodePtr right);

 private:
  std::unordered_map<std::string, std::vector<flow::NodePtr>> nodes_;  // by text
};

// No row of it has a weight above 1.
bool has_distinct_rows(const flow::Node& node);

}  // namespace kappa::sql
