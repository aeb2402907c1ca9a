#pragma once
// A whole Kappa without sockets, in a directory of its own: log, engine and one session. What the
// SQL tests talk to. Confined to one thread.

#include <memory>
#include <string>
#include <vector>

#include "base/status.h"
#include "engine/engine.h"
#include "log/log.h"

namespace kappa::sql_test {

struct Rows {
  std::vector<std::string> columns;
  std::string types;              // a letter per column: I integer, R real or decimal, T other
  std::vector<std::string> rows;  // values separated by tabs; NULL, (empty)
  std::vector<std::string> type_names;
  std::vector<std::string> notices;
};

class Database {
 public:
  static StatusOr<std::unique_ptr<Database>> open(size_t worker_count, bool has_checkpoints);
  ~Database();  // removes the directory

  // Runs all statements of a text; gives the rows of the last one.
  StatusOr<Rows> run(const std::string& sql);

  // Appends one record batch; the topic must be there.
  Status append(const std::string& topic, int32_t partition, std::string batch);

  // Gives a topic more partitions: so many in all.
  Status grow(const std::string& topic, int32_t partition_count);

  // Stops everything and starts it again, on what the log holds and the checkpoints if it has any.
  Status restart();

  // As after kill -9: starts again on a copy of the files as they lie there now.
  Status kill();

 private:
  Database() = default;
  Status start();

  std::string directory_;
  size_t worker_count_ = 1;
  bool has_checkpoints_ = false;
  std::unique_ptr<log::Log> log_;
  std::unique_ptr<engine::Engine> engine_;
  std::unique_ptr<engine::Session> session_;
};

}  // namespace kappa::sql_test
