// Under fire: idempotent and transactional producers, a copy exactly once, readers of committed
// records and a SQL view work on while the server is killed with -9 at random moments, and while it
// starts. At the end every law is checked against full reads of the topics.
//
//   fire [--rounds N] [--seed S] [--verbose]
//
// A round is a kill and a start. A finding prints the seed, and the data stay where they are. The
// seed gives the workload and the moments; the threads' interleaving is the machine's.

#include <fmt/format.h>
#include <signal.h>

#include <charconv>
#include <cstring>
#include <memory>
#include <optional>
#include <random>

#include "system/fire_checks.h"
#include "system/server_process.h"

namespace kappa::system_test {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr uint32_t kLifeMsMax = 1'200;      // of a server, before it is killed
constexpr uint32_t kLongLifeMsMax = 5'000;  // of every fourth
constexpr uint32_t kStartMsMax = 400;       // of one that is killed while it starts
constexpr int kRoundsBetweenLooks = 10;     // each time all clients must come forward
constexpr int kKilledByKill = 128 + SIGKILL;

const Place kNumbers{"numbers", 4}, kNewest{"newest", 2}, kTransfers{"transfers", 3},
    kCopies{"copies", 2};

struct Options {
  int rounds = 20;
  uint32_t seed = std::random_device{}();
  bool is_verbose = false;
};

class Fire {
 public:
  explicit Fire(const Options& options) : random_(options.seed) {
    site_.seed = options.seed;
    site_.is_verbose = options.is_verbose;
  }

  // Gives whether all laws held.
  bool run(int rounds);

 private:
  void start_server();
  void kill_server();
  void kill_while_starting();
  void create_relations();
  void make_clients();
  void round(int number);
  void wait_for_progress();
  void finish_clients();
  void check_topics();
  void check_views(int64_t transactions, int64_t records);
  void expect_ok(const std::vector<std::string>& command);
  std::string sql(const std::string& text);
  bool goes_on() const { return site_.findings.empty(); }

  Site site_;
  std::mt19937 random_;
  std::unique_ptr<TemporaryDirectory> directory_ = std::make_unique<TemporaryDirectory>();
  std::unique_ptr<ServerProcess> server_;
  int kills_ = 0;
  std::vector<std::unique_ptr<NumberWriter>> number_writers_;
  std::vector<std::unique_ptr<TransactionWriter>> transaction_writers_;
  std::vector<std::unique_ptr<Copier>> copiers_;
  std::vector<std::unique_ptr<Reader>> readers_;
  std::vector<FireClient*> clients_;
};

void Fire::start_server() {
  ServerArguments arguments{.data_directory = directory_->path()};
  if (server_ != nullptr) {  // clients know it by its old address
    arguments.kafka = server_->kafka();
    arguments.sql = server_->sql();
  }
  auto server = ServerProcess::start(arguments);
  if (!server.ok()) return site_.findings.add(std::string(server.status().message()));
  server_ = std::move(*server);
  if (site_.bootstrap.empty()) site_.bootstrap = server_->kafka();  // before any client starts
}

void Fire::kill_server() {
  int exit_code = server_->stop(SIGKILL);
  ++kills_;
  if (exit_code != kKilledByKill) {
    site_.findings.add(fmt::format("the server had ended by itself: exit={}", exit_code));
  }
}

void Fire::kill_while_starting() {
  std::string seconds = fmt::format("{:.3f}", (1 + random_() % kStartMsMax) / 1000.0);
  Finished started = run_program({"timeout", "--foreground", "-s", "KILL", seconds, program_path(),
                                  "serve", "--data", directory_->path(), "--kafka-listen",
                                  server_->kafka(), "--sql-listen", server_->sql()});
  ++kills_;
  if (started.exit_code != kKilledByKill) {
    site_.findings.add(fmt::format("the server ended while it started: exit={} {}",
                                   started.exit_code, started.errors));
  }
}

void Fire::expect_ok(const std::vector<std::string>& command) {
  Finished run = run_program(command);
  if (run.exit_code == 0) return;
  site_.findings.add(fmt::format("{}: exit={} {}{}", fmt::join(command, " "), run.exit_code,
                                 run.output, run.errors));
}

std::string Fire::sql(const std::string& text) {
  Finished run = run_program(
      {program_path(), "sql", "--url", server_->sql_url(), "--format", "csv", "-c", text});
  if (run.exit_code != 0) site_.findings.add(text + ": " + run.errors);
  return run.output;
}

void Fire::create_relations() {
  for (const Place& topic : {kNumbers, kNewest, kTransfers, kCopies}) {
    expect_ok({program_path(), "topic", "create", topic.first, "--bootstrap", server_->kafka(),
               "--partitions", std::to_string(topic.second), "--config", "segment.bytes=65536",
               "--config", topic == kNewest ? "cleanup.policy=compact" : "cleanup.policy=delete"});
  }
  sql("CREATE SOURCE transfers (w BIGINT, t BIGINT, i BIGINT, k BIGINT) WITH (topic = 'transfers', "
      "partitions = 3) FORMAT PLAIN ENCODE JSON");
  sql("CREATE MATERIALIZED VIEW transactions AS SELECT w, t, count(*) AS n, max(k) AS k, sum(i) AS "
      "s FROM transfers GROUP BY w, t");
}

void Fire::make_clients() {
  auto add = [this](auto& list, auto client) {
    clients_.push_back(client.get());
    list.push_back(std::move(client));
  };
  for (uint32_t number : {1U, 2U}) {
    add(number_writers_,
        std::make_unique<NumberWriter>(
            site_, NumberWriter::Options{
                       .number = number, .topic = kNumbers.first, .partitions = kNumbers.second}));
    add(transaction_writers_, std::make_unique<TransactionWriter>(site_, number, kTransfers));
    add(copiers_, std::make_unique<Copier>(site_, number,
                                           Copier::Route{.group = "copiers",
                                                         .from = kTransfers.first,
                                                         .to = kCopies.first,
                                                         .partitions_to = kCopies.second}));
    add(readers_,
        std::make_unique<Reader>(site_, number, "readers",
                                 std::vector<std::string>{kNumbers.first, kTransfers.first}));
  }
  add(number_writers_,
      std::make_unique<NumberWriter>(
          site_,
          NumberWriter::Options{
              .number = 3, .topic = kNewest.first, .partitions = kNewest.second, .keys = 50}));
}

void Fire::wait_for_progress() {
  std::vector<int64_t> before;
  for (const FireClient* client : clients_) before.push_back(client->progress());
  auto deadline = steady_clock::now() + kPatience;
  for (size_t i = 0; i < clients_.size(); ++i) {
    while (goes_on() && clients_[i]->progress() == before[i]) {
      if (steady_clock::now() > deadline) {
        site_.findings.add(clients_[i]->name() + " does not come forward");
      }
      site_.findings.wait(milliseconds(10));
    }
  }
}

void Fire::round(int number) {
  if (number % kRoundsBetweenLooks == 0) {
    wait_for_progress();
    if (goes_on()) expect_ok({program_path(), "verify", "--url", server_->sql_url()});
    int64_t progress = 0;
    for (const FireClient* client : clients_) progress += client->progress();
    fmt::print("rounds={} kills={} acknowledged={}\n", number, kills_, progress);
    std::fflush(stdout);
  } else {
    site_.findings.wait(
        milliseconds(random_() % (random_() % 4 == 0 ? kLongLifeMsMax : kLifeMsMax)));
  }
  kill_server();
  while (goes_on() && random_() % 4 == 0) kill_while_starting();
  if (goes_on()) start_server();
}

// Those that write first; then those that read, when they have come to the end.
void Fire::finish_clients() {
  for (auto& writer : number_writers_) writer->ask_to_stop();
  for (auto& writer : transaction_writers_) writer->ask_to_stop();
  for (auto& writer : number_writers_) writer->join();
  for (auto& writer : transaction_writers_) writer->join();
  if (goes_on()) {
    Contents read = read_topic(site_, kTransfers, "read_committed");
    wait_for_group(site_, "copiers", read);
    read.merge(read_topic(site_, kNumbers, "read_committed"));
    wait_for_group(site_, "readers", read);
  }
  for (FireClient* client : clients_) client->ask_to_stop();
  for (FireClient* client : clients_) client->join();
}

void Fire::check_topics() {
  Contents numbers = read_topic(site_, kNumbers, "read_committed");
  Contents committed = read_topic(site_, kTransfers, "read_committed");
  Contents all = read_topic(site_, kTransfers, "read_uncommitted");
  check_numbers(site_, numbers, *number_writers_[0]);
  check_numbers(site_, numbers, *number_writers_[1]);
  check_newest(site_, read_topic(site_, kNewest, "read_uncommitted"), *number_writers_[2]);
  check_copies(site_, committed, read_topic(site_, kCopies, "read_committed"));
  TransactionCounts sum;
  for (const auto& [place, records] : all) {
    sum.written += static_cast<int64_t>(records.size());
  }
  for (const auto& writer : transaction_writers_) {
    TransactionCounts counts = check_transactions(site_, committed, all, *writer);
    sum.committed += counts.committed;
    sum.aborted += counts.aborted;
    sum.unknown += counts.unknown;
    sum.records += counts.records;
  }
  wait_for_group(site_, "copiers", committed);
  Contents both = committed;
  both.merge(numbers);
  check_readers(site_, both, {readers_[0].get(), readers_[1].get()});
  wait_for_group(site_, "readers", both);
  fmt::print("transactions: committed={} records={} written={} aborted={} never_answered={}\n",
             sum.committed, sum.records, sum.written, sum.aborted, sum.unknown);
  check_views(sum.committed, sum.records);
}

void Fire::check_views(int64_t transactions, int64_t records) {
  sql("FLUSH");
  std::string expected = fmt::format("n,records,torn\n{},{},0\n", transactions, records);
  std::string found = sql(
      "SELECT count(*) AS n, sum(n) AS records, count(*) FILTER (WHERE n <> k OR s <> n * (n - 1) "
      "/ 2) AS torn FROM transactions");
  if (found != expected) site_.findings.add("the view has " + found + "instead of " + expected);
  expect_ok({program_path(), "verify", "--url", server_->sql_url()});
}

bool Fire::run(int rounds) {
  start_server();
  if (goes_on()) create_relations();
  if (goes_on()) {
    make_clients();
    for (FireClient* client : clients_) client->start();
  }
  for (int i = 1; i <= rounds && goes_on(); ++i) round(i);
  finish_clients();
  if (goes_on()) kill_server();
  if (goes_on()) start_server();
  if (goes_on()) check_topics();
  if (goes_on()) {
    std::printf("all laws held: seed=%u rounds=%d kills=%d\n", site_.seed, rounds, kills_);
    return true;
  }
  std::fprintf(stderr, "FAILED: seed=%u kills=%d data=%s\n", site_.seed, kills_,
               directory_.release()->path().c_str());
  return false;
}

template <typename T>
bool parse(const char* text, T& number) {
  auto [end, error] = std::from_chars(text, text + std::strlen(text), number);
  return error == std::errc() && *end == '\0';
}

std::optional<Options> parse_options(int argc, char** argv) {
  Options options;
  for (int i = 1; i < argc; ++i) {
    bool has_value = i + 1 < argc;
    if (std::strcmp(argv[i], "--verbose") == 0) {
      options.is_verbose = true;
    } else if (has_value && std::strcmp(argv[i], "--rounds") == 0) {
      if (!parse(argv[++i], options.rounds) || options.rounds < 1) return std::nullopt;
    } else if (has_value && std::strcmp(argv[i], "--seed") == 0) {
      if (!parse(argv[++i], options.seed)) return std::nullopt;
    } else {
      return std::nullopt;
    }
  }
  return options;
}

}  // namespace
}  // namespace kappa::system_test

int main(int argc, char** argv) {
  auto options = kappa::system_test::parse_options(argc, argv);
  if (!options) {
    std::fputs("usage: fire [--rounds N] [--seed S] [--verbose]\n", stderr);
    return 2;
  }
  return kappa::system_test::Fire(*options).run(options->rounds) ? 0 : 1;
}
