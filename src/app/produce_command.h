#pragma once
// `kappa produce TOPIC`: writes the lines of standard input as records.

#include <optional>
#include <string>
#include <vector>

#include "app/exit_code.h"

namespace kappa::app {

struct ProduceOptions {
  std::string bootstrap;
  std::string topic;
  int partition = -1;                        // -1: by key, else spread
  std::optional<std::string> key;            // of every record
  std::optional<std::string> key_separator;  // a line is KEY separator VALUE
  std::vector<std::string> headers;          // NAME=VALUE, of every record
  std::string compression = "lz4";
  bool empty_is_null = false;  // an empty value is a tombstone
};

// Ends at the end of standard input, when every record is acknowledged.
ExitCode run_produce(const ProduceOptions& options);

}  // namespace kappa::app
