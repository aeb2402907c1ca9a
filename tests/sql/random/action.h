#pragma once
// One thing that happens to both sides: the engine under test and the oracle.

#include <string>
#include <vector>

namespace kappa::random_sql {

enum class ActionKind {
  kStatement,   // both must succeed or both fail
  kCreateView,  // the engine may refuse it by name: then the oracle has no such view
  kDropView,
  kQuery,    // both answer the same
  kRestart,  // the engine stops and starts again
  kKill,     // the engine starts again on the files as they were at one moment
  kVerify,
};

struct Action {
  ActionKind kind = ActionKind::kStatement;
  std::string name;                  // the view
  std::string sql;                   // for the engine
  std::vector<std::string> meaning;  // for the oracle; all or none
};

// As a piece of a tests/sql file.
std::string to_text(const Action& action);

}  // namespace kappa::random_sql
