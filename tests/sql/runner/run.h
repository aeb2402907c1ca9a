#pragma once
// Runs a script against a database of its own, in one of the ways that docs/testing.md describes.

#include <string>
#include <vector>

#include "sql/runner/script.h"

namespace kappa::sql_test {

struct Mode {
  bool is_restarted = false;     // each step is a stop and a start
  bool has_checkpoints = false;  // starts go on from them; else they rebuild all from the log
  size_t worker_count = 1;
};

// Empty when everything was as expected, else the first difference, for people: "file:line: …".
std::string run_script(const std::string& path, const std::vector<Command>& commands, Mode mode);

}  // namespace kappa::sql_test
