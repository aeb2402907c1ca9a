#pragma once
// A connection to a Kappa server over libpq, for `kappa sql` and `kappa verify`. libpq stays in the
// .cc file. Confined to one thread.

#include <functional>
#include <memory>
#include <string>

#include "app/grid.h"
#include "base/status.h"

namespace kappa::app {

struct StatementResult {
  std::string tag;        // "CREATE TABLE", "SELECT 3"
  bool has_rows = false;  // then grid is set
  Grid grid;
};

class PostgresClient {
 public:
  // `url`: postgresql://…; notices go to standard error. Errors: kUnavailable.
  static StatusOr<std::unique_ptr<PostgresClient>> connect(const std::string& url);
  virtual ~PostgresClient() = default;

  // Runs a text and gives each statement's result as it comes; what COPY … TO STDOUT sends goes to
  // standard output. The error's message has the lines that psql prints: message, DETAIL, HINT and
  // the line of the position.
  virtual Status run(const std::string& sql,
                     const std::function<void(const StatementResult&)>& on_result) = 0;
};

}  // namespace kappa::app
