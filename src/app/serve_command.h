#pragma once
// `kappa serve`: puts the layers together and runs them until a signal comes.
//
//   log  <-  engine  <-  PostgreSQL sessions  <-  net      started from left to right,
//   log  <-  Kafka broker  <---------------------  net      stopped from right to left

#include "app/exit_code.h"
#include "app/server_options.h"

namespace kappa::app {

// Prints the ready line to standard output when clients can connect; returns after SIGTERM or
// SIGINT, when everything is stopped and on disk.
ExitCode run_server(const ServerOptions& options);

}  // namespace kappa::app
