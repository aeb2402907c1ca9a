#pragma once
// `kappa txn list | describe | abort`: transactions of a running server, over the Kafka protocol.

#include <string>

#include "app/exit_code.h"
#include "app/grid.h"
#include "app/topic_command.h"

namespace kappa::app {

struct TxnCommandOptions {
  std::string bootstrap = kDefaultBootstrap;
  std::string transactional_id;
  std::string state;  // list: only in this one; empty: all
  Format format = Format::kTable;
};

ExitCode run_txn_list(const TxnCommandOptions& options);
ExitCode run_txn_describe(const TxnCommandOptions& options);
// Aborts what the id has open, and fences its producer: it cannot go on without starting anew.
ExitCode run_txn_abort(const TxnCommandOptions& options);

}  // namespace kappa::app
