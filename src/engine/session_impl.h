#pragma once
// The engine's Session: one DuckDB connection, settings, a transaction, and what it wrote.
//
// Transactions: reads in one see one snapshot, taken at BEGIN. Writes are collected and become
// durable at COMMIT, as one batch of one table; a second table, or reading the table that was
// written, is refused until the log has transactions.

#include <atomic>
#include <memory>
#include <string>

#include "engine/core.h"
#include "engine/dml.h"
#include "engine/query_runner.h"
#include "engine/session.h"
#include "engine/table_writer.h"
#include "engine/variables.h"
#include "sql/statement.h"

namespace kappa::engine {

// What SHOW runs. Errors: 0A000 for what is not there yet.
StatusOr<std::string> show_query(const sql::Show& body);

class Parsed : public ParsedStatement {
 public:
  explicit Parsed(sql::Statement statement);
  StatementKind kind() const override { return kind_; }
  const std::string& text() const override { return statement.text; }
  const CopyOptions& copy_options() const override { return copy_options_; }

  const sql::Statement statement;

 private:
  StatementKind kind_ = StatementKind::kOther;
  CopyOptions copy_options_;
};

class Prepared : public PreparedStatement {
 public:
  const ParsedStatement& statement() const override { return *parsed; }
  const data::Types& parameter_types() const override { return parameters; }
  const std::vector<ResultColumn>& columns() const override { return result_columns; }

  std::shared_ptr<const Parsed> parsed;
  data::Types parameters;
  std::vector<ResultColumn> result_columns;
};

class SessionImpl : public Session {
 public:
  explicit SessionImpl(Core& core);

  StatusOr<std::vector<ParsedStatementPtr>> parse(std::string_view text) override;
  StatusOr<std::unique_ptr<PreparedStatement>> prepare(ParsedStatementPtr statement,
                                                       data::Types parameter_types) override;
  Status execute(const PreparedStatement& statement, const std::vector<duckdb::Value>& parameters,
                 ResultSink& sink) override;
  StatusOr<std::unique_ptr<CopyWriter>> copy_in(const PreparedStatement& statement) override;
  TransactionState transaction_state() const override { return transaction_; }
  void cancel() override;

 private:
  Status run(const sql::Statement& statement, const std::vector<duckdb::Value>& parameters,
             ResultSink& sink);
  Status describe_into(const Parsed& parsed, const data::Types& declared, Prepared& prepared);

  Status run_query_statement(const sql::Statement& statement,
                             const std::vector<duckdb::Value>& parameters, ResultSink& sink);
  Status run_sql(const std::string& sql, const std::vector<duckdb::Value>& parameters,
                 ResultSink& sink, const char* tag);
  Status run_write(const sql::Statement& statement, const std::vector<duckdb::Value>& parameters,
                   ResultSink& sink);
  Status write_chunk(const WriteQuery& query, duckdb::DataChunk& chunk, TableWriter& writer,
                     int64_t now_ms);
  Status run_create(const sql::Statement& statement, ResultSink& sink);
  Status run_create_view(const sql::CreateView& body, const std::string& text, ResultSink& sink);
  Status wait_for_replay(Replay& replay, ResultSink& sink);
  Status run_drop(const sql::Drop& body, ResultSink& sink);
  Status run_show(const sql::Show& body, ResultSink& sink);
  Status run_explain_view(const sql::ExplainView& body, ResultSink& sink);
  Status run_verify(const sql::Verify& body, ResultSink& sink);
  Status run_flush(ResultSink& sink);
  Status run_transaction(sql::TransactionAction action, ResultSink& sink);
  Status run_set(const sql::SetVariable& body, ResultSink& sink);
  Status run_copy_out(const sql::CopyData& body, ResultSink& sink);
  Status show_variable(const std::string& name, const std::string& value, ResultSink& sink);

  // The snapshot that the next statement reads, and gives it to the connection.
  StatusOr<EngineSnapshotPtr> begin_reading();
  StatusOr<DefinitionPtr> writable_table(const std::string& name, const EngineSnapshot& snapshot);
  StatusOr<std::unique_ptr<TableWriter>> start_writing(const DefinitionPtr& table);
  // Durable now, or at COMMIT.
  Status finish_writing(std::unique_ptr<TableWriter> writer);
  Status refuse_in_transaction(const char* what) const;
  void fail_transaction();
  void end_transaction();

  Core& core_;
  std::unique_ptr<sql::DatabaseConnection> connection_;
  Variables variables_;
  Frontier written_;
  TransactionState transaction_ = TransactionState::kIdle;
  EngineSnapshotPtr transaction_snapshot_;
  std::unique_ptr<TableWriter> transaction_writer_;
  std::atomic<bool> is_cancelled_{false};
  absl::Mutex other_mutex_;
  sql::DatabaseConnection* other_connection_ ABSL_GUARDED_BY(other_mutex_) = nullptr;
};

}  // namespace kappa::engine
