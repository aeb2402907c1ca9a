#include "app/txn_command.h"

#include <absl/time/time.h>

#include "app/kafka_connection.h"
#include "kafka/protocol/errors.h"
#include "kafka/protocol/messages/describe_transactions.h"
#include "kafka/protocol/messages/init_producer_id.h"
#include "kafka/protocol/messages/list_transactions.h"

namespace kappa::app {
namespace {

using Described = kafka::DescribeTransactionsResponse::Transaction;

ExitCode report(const Status& status) {
  if (!status.ok()) fmt::print(stderr, "kappa txn: {}\n", message_of(status));
  return exit_code_of(status);
}

std::optional<std::string> time_or_null(int64_t time_ms) {
  if (time_ms < 0) return std::nullopt;
  return absl::FormatTime(absl::RFC3339_full, absl::FromUnixMillis(time_ms), absl::UTCTimeZone());
}

Status list_transactions(const TxnCommandOptions& options) {
  ASSIGN_OR_RETURN(auto connection, KafkaConnection::open(options.bootstrap));
  kafka::ListTransactionsRequest request;
  if (!options.state.empty()) request.state_filters.push_back(options.state);
  ASSIGN_OR_RETURN(auto listed, connection->call<kafka::ListTransactionsApi>(0, request));
  if (listed.error_code != kafka::error::kNone)
    return unavailable("the server cannot list transactions: error={}", listed.error_code);
  if (!listed.unknown_state_filters.empty())
    return invalid_argument(
        "no such state: {}; there are Empty, Ongoing, PrepareCommit, PrepareAbort, CompleteCommit, "
        "CompleteAbort",
        options.state);
  Grid grid{.columns = {{.name = "transactional_id"},
                        {.name = "state"},
                        {.name = "producer_id", .is_number = true}}};
  for (const auto& transaction : listed.transaction_states) {
    grid.rows.push_back({transaction.transactional_id, transaction.transaction_state,
                         std::to_string(transaction.producer_id)});
  }
  fmt::print("{}", format_grid(grid, options.format));
  return OkStatus();
}

StatusOr<Described> describe(KafkaConnection& connection, const std::string& id) {
  kafka::DescribeTransactionsRequest request;
  request.transactional_ids = {id};
  ASSIGN_OR_RETURN(auto described, connection.call<kafka::DescribeTransactionsApi>(0, request));
  if (described.transaction_states.size() != 1)
    return data_loss("the server described {} transactions", described.transaction_states.size());
  Described& transaction = described.transaction_states[0];
  if (transaction.error_code == kafka::error::kTransactionalIdNotFound)
    return not_found("no such transactional id: {}", id);
  if (transaction.error_code != kafka::error::kNone)
    return unavailable("the server cannot describe {}: error={}", id, transaction.error_code);
  return std::move(transaction);
}

Status describe_transaction(const TxnCommandOptions& options) {
  ASSIGN_OR_RETURN(auto connection, KafkaConnection::open(options.bootstrap));
  ASSIGN_OR_RETURN(Described transaction, describe(*connection, options.transactional_id));
  Grid grid{.columns = {{.name = "state"},
                        {.name = "producer_id", .is_number = true},
                        {.name = "epoch", .is_number = true},
                        {.name = "timeout_ms", .is_number = true},
                        {.name = "begin"},
                        {.name = "topic"},
                        {.name = "partition", .is_number = true}}};
  auto add = [&](std::optional<std::string> topic, std::optional<std::string> partition) {
    grid.rows.push_back({transaction.transaction_state, std::to_string(transaction.producer_id),
                         std::to_string(transaction.producer_epoch),
                         std::to_string(transaction.transaction_timeout_ms),
                         time_or_null(transaction.transaction_start_time_ms), std::move(topic),
                         std::move(partition)});
  };
  for (const auto& topic : transaction.topics) {
    for (int32_t partition : topic.partitions) add(topic.topic, std::to_string(partition));
  }
  if (transaction.topics.empty()) add(std::nullopt, std::nullopt);
  fmt::print("{}", format_grid(grid, options.format));
  return OkStatus();
}

Status abort_transaction(const TxnCommandOptions& options) {
  ASSIGN_OR_RETURN(auto connection, KafkaConnection::open(options.bootstrap));
  ASSIGN_OR_RETURN(Described transaction, describe(*connection, options.transactional_id));
  if (transaction.transaction_state != "Ongoing")
    return failed_precondition("{} has no open transaction: state={}", options.transactional_id,
                               transaction.transaction_state);
  kafka::InitProducerIdRequest request{
      .transactional_id = options.transactional_id,
      .transaction_timeout_ms = transaction.transaction_timeout_ms};
  ASSIGN_OR_RETURN(auto taken, connection->call<kafka::InitProducerIdApi>(4, request));
  if (taken.error_code == kafka::error::kConcurrentTransactions)
    return failed_precondition("{} is just ending; try again", options.transactional_id);
  if (taken.error_code != kafka::error::kNone)
    return unavailable("the server cannot abort {}: error={}", options.transactional_id,
                       taken.error_code);
  return OkStatus();
}

}  // namespace

ExitCode run_txn_list(const TxnCommandOptions& options) {
  return report(list_transactions(options));
}
ExitCode run_txn_describe(const TxnCommandOptions& options) {
  return report(describe_transaction(options));
}
ExitCode run_txn_abort(const TxnCommandOptions& options) {
  return report(abort_transaction(options));
}

}  // namespace kappa::app
