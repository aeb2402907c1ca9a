#pragma once
// A SQL test file as commands. The form is sqllogictest's with a few statements of ours;
// docs/testing.md describes it. Parsing knows nothing of databases.

#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"

namespace kappa::sql_test {

enum class CommandKind {
  kStatementOk,     // must succeed
  kStatementError,  // must fail; argument: a regular expression that the error matches
  kQuery,           // its rows must be those expected
  kIngest,          // records appended to a topic, past SQL
  kGrow,            // a topic gets more partitions: so many in all
  kStep,            // live: FLUSH; replayed: everything is rebuilt from the log
  kRestart,         // the server stops and starts again
  kVerify,          // every view equals its query run as a batch
};

struct Command {
  CommandKind kind;
  int line = 0;                       // of the command's first line, 1-based
  std::vector<std::string> words;     // what stands after the command's name
  std::string argument;               // the same as one text
  std::string sql;                    // statements and queries
  std::vector<std::string> lines;     // ingest: records
  std::vector<std::string> expected;  // query: rows, columns separated by one tab
};

// Errors: kInvalidArgument with the line.
StatusOr<std::vector<Command>> parse_script(std::string_view text);

}  // namespace kappa::sql_test
