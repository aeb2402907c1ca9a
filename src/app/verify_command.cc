#include "app/verify_command.h"

#include <cstdio>

#include "app/postgres_client.h"

namespace kappa::app {
namespace {

// The columns of the statement VERIFY.
enum Column { kView, kFrontier, kRows, kDiffering, kSample, kAgainst, kColumnCount };

// What a view is compared with when nothing needs to be said about it.
constexpr const char* kUsual = "batch query";

std::string verify_statement(const std::vector<std::string>& views) {
  std::string sql = "VERIFY";
  for (size_t i = 0; i < views.size(); ++i) {
    std::string quoted;
    for (char c : views[i]) quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
    sql += fmt::format("{} \"{}\"", i == 0 ? "" : ",", quoted);
  }
  return sql;
}

// Prints a line per view; gives the number of views that differ.
size_t report(const Grid& grid) {
  size_t differing_views = 0;
  for (const auto& row : grid.rows) {
    std::string view = row[kView].value_or(""), differing = row[kDiffering].value_or("");
    std::string against = row[kAgainst].value_or("");
    against = against == kUsual ? "" : fmt::format("\n  compared with a {}", against);
    if (differing == "0") {
      fmt::print("{}: equal, {} rows at {}{}\n", view, row[kRows].value_or("?"),
                 row[kFrontier].value_or("?"), against);
      continue;
    }
    ++differing_views;
    fmt::print("{}: {} rows differ at {}{}\n  sample: {}\n", view, differing,
               row[kFrontier].value_or("?"), against, row[kSample].value_or(""));
  }
  return differing_views;
}

}  // namespace

ExitCode run_verify(const std::string& url, const std::vector<std::string>& views) {
  auto client = PostgresClient::connect(url);
  if (!client.ok()) {
    fmt::print(stderr, "kappa verify: {}\n", message_of(client.status()));
    return kError;
  }
  Grid grid;
  Status status = (*client)->run(verify_statement(views),
                                 [&](const StatementResult& result) { grid = result.grid; });
  if (!status.ok() || grid.columns.size() != kColumnCount) {
    fmt::print(stderr, "kappa verify: {}\n",
               status.ok() ? "the server's answer has another form" : message_of(status));
    return kError;
  }
  size_t differing = report(grid);
  fmt::print("{} of {} views equal\n", grid.rows.size() - differing, grid.rows.size());
  return differing == 0 ? kOk : kError;
}

}  // namespace kappa::app
