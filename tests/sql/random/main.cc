// random_sql: random SQL over random changes, compared with a plain DuckDB. docs/testing.md
// describes it.

#include <fmt/format.h>
#include <unistd.h>
#include <CLI/CLI.hpp>

#include <chrono>
#include <csignal>
#include <iostream>
#include <optional>

#include "base/logging.h"
#include "sql/random/change_generator.h"
#include "sql/random/round.h"

namespace kappa::random_sql {
namespace {

// A round takes a second or less; one that takes this long hangs.
constexpr unsigned kSecondsOfRoundMax = 120;

struct Options {
  uint64_t first_seed = 1;
  uint64_t seed_count = 100;
  double seconds = 1e9;  // no new round begins after this time
  size_t findings_max = 1;
  bool is_verbose = false;
  bool is_shrunk = true;
};

// Which seed runs, for the handler of a crash or a hang.
volatile sig_atomic_t running_seed = 0;

void tell_seed(int signal) {
  const std::string text =
      fmt::format("\nsignal {} in seed {}\n", signal, static_cast<uint64_t>(running_seed));
  [[maybe_unused]] auto written = write(STDERR_FILENO, text.data(), text.size());
  std::signal(signal, SIG_DFL);
  std::raise(signal);
}

void print(const Counts& counts, const std::map<std::string, int>& uses, bool is_verbose) {
  fmt::print(
      "{} views, {} changes ({} failed on both sides), {} comparisons of {} rows in all ({} equal "
      "to 9 digits only), {} without an answer (a row of the batch fails), {} "
      "with rows that fail in the view only, {} restarts\n",
      counts.views, counts.statements, counts.failed_statements, counts.comparisons, counts.rows,
      counts.nearly_equal, counts.incomparable, counts.failing_rows, counts.restarts);
  int refused = 0;
  for (const auto& [what, count] : counts.refusals) refused += count;
  fmt::print("{} refused:\n", refused);
  for (const auto& [what, count] : counts.refusals) fmt::print("{:8} {}\n", count, what);
  std::map<std::string, int> classes;
  for (const auto& [what, count] : uses) {
    const bool is_detail = what.starts_with("scalar ") || what.starts_with("aggregate ");
    classes[!is_verbose && is_detail ? what.substr(0, what.find(' ')) : what] += count;
  }
  fmt::print("used:\n");
  for (const auto& [what, count] : classes) fmt::print("{:8} {}\n", count, what);
}

void report(uint64_t seed, size_t workers, const RoundResult& result) {
  fmt::print("\n# seed {}, {} workers: {}\n", seed, workers, result.finding);
  for (const Action& action : result.actions) fmt::print("{}", to_text(action));
  std::fflush(stdout);
}

int run(const Options& options) {
  std::map<std::string, int> uses;
  Counts counts;
  size_t findings = 0;
  const auto start = std::chrono::steady_clock::now();
  const auto elapsed = [&] {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  };
  uint64_t rounds = 0;
  for (; rounds < options.seed_count && elapsed() < options.seconds; ++rounds) {
    const uint64_t seed = options.first_seed + rounds;
    static constexpr size_t kWorkers[] = {1, 2, 4};
    const size_t workers = kWorkers[seed % 3];
    running_seed = static_cast<sig_atomic_t>(seed);
    alarm(kSecondsOfRoundMax);
    RoundResult result = run_round(seed, workers, counts, uses);
    if (result.finding.empty()) continue;
    alarm(0);
    report(seed, workers, options.is_shrunk ? shrink(std::move(result), workers) : result);
    if (++findings >= options.findings_max) break;
  }
  alarm(0);
  fmt::print("\n{} rounds in {:.0f} s, {} findings\n", rounds, elapsed(), findings);
  print(counts, uses, options.is_verbose);
  return findings == 0 ? 0 : 1;
}

}  // namespace
}  // namespace kappa::random_sql

int main(int argc, char** argv) {
  using namespace kappa::random_sql;  // NOLINT: the program's own namespace
  Options options;
  CLI::App app("Random SQL over random changes, compared with DuckDB");
  app.add_option("--first-seed", options.first_seed, "Seed of the first round");
  app.add_option("--seeds", options.seed_count, "Number of rounds");
  app.add_option("--seconds", options.seconds, "Begin no round after this time");
  app.add_option("--findings", options.findings_max, "Stop after this many findings");
  app.add_flag("--verbose", options.is_verbose, "Count every function");
  app.add_flag("!--no-shrink", options.is_shrunk, "Print the whole round of a finding");
  CLI11_PARSE(app, argc, argv);
  if (!kappa::init_logging("warn").ok()) return 1;
  for (int signal : {SIGSEGV, SIGABRT, SIGALRM, SIGFPE, SIGBUS}) std::signal(signal, tell_seed);
  kappa::random_sql::Counts counts;
  Execution execution(1, counts);  // registers DuckDB's extensions
  for (const std::string& text : QueryGenerator::drop_dead_templates(execution.oracle())) {
    if (options.is_verbose) fmt::print("does not bind: {}\n", text);
  }
  return run(options);
}
