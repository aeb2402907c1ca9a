#include "app/sql_command.h"

#include <unistd.h>

#include <cstdio>
#include <fstream>
#include <iostream>

#include "app/postgres_client.h"
#include "app/statement_splitter.h"

namespace kappa::app {
namespace {

class SqlRun {
 public:
  SqlRun(PostgresClient& client, Format format) : client_(client), format_(format) {}

  bool run(const std::string& sql) {
    Status status = client_.run(sql, [&](const StatementResult& result) { print(result); });
    std::fflush(stdout);
    if (status.ok()) return true;
    fmt::print(stderr, "ERROR:  {}\n", message_of(status));
    return false;
  }

  // At a terminal it prompts, and an error does not end it.
  bool run_all(std::istream& in, bool is_terminal) {
    StatementSplitter splitter;
    prompt(is_terminal, splitter);
    for (std::string line; std::getline(in, line); prompt(is_terminal, splitter)) {
      splitter.add(line + "\n");
      while (auto statement = splitter.next()) {
        if (!run(*statement) && !is_terminal) return false;
      }
    }
    std::string rest = splitter.rest();
    return rest.empty() || run(rest);
  }

 private:
  static void prompt(bool is_terminal, const StatementSplitter& splitter) {
    if (!is_terminal) return;
    fmt::print("{}", splitter.is_empty() ? "kappa=> " : "kappa-> ");
    std::fflush(stdout);
  }

  void print(const StatementResult& result) const {
    if (result.has_rows) {
      fmt::print("{}", format_grid(result.grid, format_));
    } else if (format_ == Format::kTable && !result.tag.empty()) {
      fmt::print("{}\n", result.tag);
    }
  }

  PostgresClient& client_;
  Format format_;
};

}  // namespace

ExitCode run_sql(const SqlOptions& options) {
  auto client = PostgresClient::connect(options.url);
  if (!client.ok()) {
    fmt::print(stderr, "kappa sql: {}\nIs the server running? `kappa serve` starts one.\n",
               message_of(client.status()));
    return kError;
  }
  SqlRun run(**client, options.format);
  for (const std::string& command : options.commands) {
    if (!run.run(command)) return kError;
  }
  if (!options.file.empty() && options.file != "-") {
    std::ifstream file(options.file);
    if (!file) {
      fmt::print(stderr, "kappa sql: cannot read {}\n", options.file);
      return kNotFound;
    }
    return run.run_all(file, false) ? kOk : kError;
  }
  if (!options.commands.empty() && options.file.empty()) return kOk;
  return run.run_all(std::cin, isatty(STDIN_FILENO) != 0) ? kOk : kError;
}

}  // namespace kappa::app
