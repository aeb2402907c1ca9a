#pragma once
// Two sides and what happens to them: the engine under test in a directory of its own, and the
// oracle. Each action is done to both, then every table and view is compared.

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "sql/random/action.h"
#include "sql/random/oracle.h"
#include "sql/runner/database.h"

namespace kappa::random_sql {

struct Counts {
  int64_t statements = 0;
  int64_t failed_statements = 0;  // on both sides
  int64_t views = 0;
  int64_t comparisons = 0;
  int64_t rows = 0;
  int64_t nearly_equal = 0;  // comparisons in which the last digits of a float differ
  int64_t incomparable = 0;  // a row of the batch query fails, so it has no answer
  int64_t failing_rows = 0;  // differences that rows left out may explain
  int64_t restarts = 0;
  std::map<std::string, int> refusals;  // by message
};

class Execution {
 public:
  Execution(size_t worker_count, Counts& counts);

  // Empty, or what was found.
  std::string apply(const Action& action);
  // Whether the last kCreateView was made.
  bool has_view(const std::string& name) const { return relations_.count(name) > 0; }
  // Nothing more can be compared.
  bool has_diverged() const { return has_diverged_; }
  Oracle& oracle() { return *oracle_; }

 private:
  std::string change(const Action& action);
  std::string create_view(const Action& action);
  std::string create_plain_view(const Action& action);
  std::string drop_view(const Action& action);
  std::string compare_query(const std::string& sql, const std::string& what);
  std::string compare_all();
  bool has_failing_rows();
  std::string verify();

  Counts& counts_;
  bool has_diverged_ = false;
  std::unique_ptr<sql_test::Database> database_;
  std::unique_ptr<Oracle> oracle_;
  std::set<std::string> relations_;     // tables and views that are there on both sides
  std::vector<Action> views_;           // as they were made, in order
  std::set<std::string> incomparable_;  // views whose batch query failed at the last comparison
};

}  // namespace kappa::random_sql
