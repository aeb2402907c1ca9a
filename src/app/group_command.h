#pragma once
// `kappa group list | describe | reset | delete`: consumer groups of a running server, over the
// Kafka protocol.

#include <optional>
#include <string>

#include "app/exit_code.h"
#include "app/grid.h"
#include "app/topic_command.h"

namespace kappa::app {

struct GroupCommandOptions {
  std::string bootstrap = kDefaultBootstrap;
  std::string group;
  Format format = Format::kTable;

  // reset: exactly one of these.
  bool to_earliest = false;
  bool to_latest = false;
  std::optional<std::string> to_time;  // a time as `kappa consume -o @TIME` takes it
  std::optional<int64_t> to_offset;
  std::string topic;  // reset: only this one; empty: all
  bool is_dry_run = false;
};

ExitCode run_group_list(const GroupCommandOptions& options);
ExitCode run_group_describe(const GroupCommandOptions& options);
ExitCode run_group_reset(const GroupCommandOptions& options);
ExitCode run_group_delete(const GroupCommandOptions& options);

}  // namespace kappa::app
