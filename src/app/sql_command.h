#pragma once
// `kappa sql`: statements from the command line, a file or standard input, their results to
// standard output, notices and errors to standard error.

#include <string>
#include <vector>

#include "app/exit_code.h"
#include "app/grid.h"

namespace kappa::app {

constexpr const char* kDefaultUrl = "postgresql://127.0.0.1:7432/kappa";

struct SqlOptions {
  std::string url = kDefaultUrl;
  std::vector<std::string> commands;  // -c, each sent as one text
  std::string file;                   // -f; "-" or empty without commands: standard input
  Format format = Format::kTable;
};

// Stops at the first error.
ExitCode run_sql(const SqlOptions& options);

}  // namespace kappa::app
