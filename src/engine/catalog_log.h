#pragma once
// Definitions in the log: topic __kappa_catalog, one partition, never compacted. A statement is one
// batch, so all of it is there or none. Format: docs/formats/catalog.md.
//
//   define  a relation as it was made; with a job, it counts only from that job's commit on
//   drop    a relation is gone
//   commit  a job's views take the places of those of the same names, all at once
//   abort   a job was given up
//
// Thread-safe but for open().

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/status.h"
#include "env/env.h"
#include "log/log.h"

namespace kappa::engine {

struct CatalogEntry {
  std::string operation;  // define, drop, commit, abort
  int64_t id = 0;         // define, drop
  int64_t job = 0;        // 0: none
  std::string kind;       // source, table, view
  std::string name;
  int64_t version = 1;
  std::string topic;
  std::string topic_id;  // as to_string(TopicId)
  std::string sql;
  std::map<std::string, std::string> settings;
  std::map<std::string, std::string> base;  // topic id -> first offsets ("0,100"), if not all 0
};

class CatalogLog {
 public:
  // Makes the topic when absent.
  static StatusOr<std::unique_ptr<CatalogLog>> open(env::Env& env, log::Log& log);

  // Every entry there is, in order. Errors: kDataLoss names the offset.
  StatusOr<std::vector<CatalogEntry>> read() const;
  // Durable when it returns, all or none.
  Status write(const std::vector<CatalogEntry>& entries);

 private:
  CatalogLog(env::Env& env, std::shared_ptr<log::Partition> partition)
      : env_(env), partition_(std::move(partition)) {}

  env::Env& env_;
  const std::shared_ptr<log::Partition> partition_;
};

// Appends a batch of our own and waits until it is durable as its topic promises.
StatusOr<log::AppendResult> append_and_wait(log::Partition& partition, std::string batch);

}  // namespace kappa::engine
