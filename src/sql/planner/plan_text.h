#pragma once
// A circuit plan as text: for EXPLAIN MATERIALIZED VIEW, for golden tests, and for the fingerprint
// that says after a restart whether a view's plan is still the same. One line per node, inputs
// indented below it; a node with several readers is written once and then called by its number.

#include <string>

#include "flow/plan.h"
#include "sql/planner.h"

namespace kappa::sql {

std::string to_text(const flow::Plan& plan);
// With the relations' names at its inputs.
std::string to_text(const PlannedView& view);

// One node without its inputs.
std::string to_text(const flow::Spec& spec);

// 16 hexadecimal digits. Equal text, equal fingerprint.
std::string fingerprint_of(const std::string& text);

}  // namespace kappa::sql
