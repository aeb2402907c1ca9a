#pragma once
// `kappa verify`: asks the server to compare views with their queries run as batches at the views'
// own frontiers, and says what came of it.

#include <string>
#include <vector>

#include "app/exit_code.h"

namespace kappa::app {

// No names: all views. kOk when every one is equal, kError when one differs.
ExitCode run_verify(const std::string& url, const std::vector<std::string>& views);

}  // namespace kappa::app
