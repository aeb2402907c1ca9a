#pragma once
// The command line: what may be said, its help, and which command runs. CLI11 stays in the .cc
// file.

namespace kappa::app {

// The whole program. Gives its exit code (exit_code.h).
int run_command_line(int argc, char** argv);

}  // namespace kappa::app
