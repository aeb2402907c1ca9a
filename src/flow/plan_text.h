#pragma once
// A plan's nodes in words, for EXPLAIN.

#include <string>

#include "flow/plan.h"

namespace kappa::flow {

// Keys and expressions: "group by #0; count_star(), sum(#1)".
std::string detail_of(const Spec& spec);

// False: the node's state grows with the data.
bool is_bounded(const Spec& spec);

}  // namespace kappa::flow
