// From starting an empty server to its first answer, and the memory that it holds while idle.

#include "process_memory.h"
#include "report.h"
#include "sql_client.h"
#include "stopwatch.h"
#include "system/server_process.h"

namespace kappa::bench {
namespace {

constexpr int kRounds = 5;

int run() {
  double seconds = 0, resident = 0, own = 0;
  for (int i = 0; i < kRounds; ++i) {
    system_test::TemporaryDirectory directory;
    Stopwatch clock;
    auto server = system_test::ServerProcess::start({.data_directory = directory.path()});
    if (!server.ok()) return fmt::print(stderr, "{}\n", server.status().ToString()), 1;
    SqlClient((*server)->sql_url()).run("SELECT 1");
    seconds += clock.seconds() / kRounds;
    resident += memory_mib((*server)->process(), "VmRSS") / kRounds;
    own += memory_mib((*server)->process(), "RssAnon") / kRounds;
  }
  report({"start.empty_to_first_answer", "ms", seconds * 1000, 0, "", 0, true});
  report({"start.idle_resident", "MiB", resident, 0, "", 0, true});
  report({"start.idle_anonymous", "MiB", own, 0, "", 0, true});
  return 0;
}

}  // namespace
}  // namespace kappa::bench

int main() { return kappa::bench::run(); }
