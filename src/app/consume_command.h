#pragma once
// `kappa consume TOPIC…`: prints records of a Kafka-protocol server, as they are and as they come.

#include <cstdint>
#include <string>
#include <vector>

#include "app/exit_code.h"

namespace kappa::app {

struct ConsumeOptions {
  std::string bootstrap;
  std::vector<std::string> topics;
  std::vector<int> partitions;  // empty: all
  std::string offsets = "start";
  std::string format = "%v\\n";
  std::string group;      // read as a member of it, from where it stands
  int64_t count_max = 0;  // 0: no limit
  bool is_json = false;
  bool is_meta_only = false;  // JSON with sizes instead of keys and values
  bool reads_uncommitted = false;
};

// Ends at the end of the offsets, after count_max records, or with SIGINT.
ExitCode run_consume(const ConsumeOptions& options);

}  // namespace kappa::app
