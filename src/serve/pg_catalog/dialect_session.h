#pragma once
// An engine::Session for PostgreSQL's clients, around the engine's own: it answers commands about
// the session (client_command.h), rewrites what asks pg_catalog (rewrite.h), and passes the rest on
// untouched.

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "engine/session.h"
#include "serve/pg_catalog/client_settings.h"
#include "serve/pg_catalog/rewrite.h"

namespace kappa::serve::pg_catalog {

struct DialectHooks {
  // A setting that clients are told has a new value.
  std::function<void(const std::string& name, const std::string& value)> report;
  // Forget a prepared statement of the protocol; nullopt: all.
  std::function<void(const std::optional<std::string>& name)> deallocate;
  // Called before a statement that asks the catalog: makes it if it is not there yet.
  std::function<Status()> prepare_catalog;
};

struct DialectOptions {
  std::string product;  // "kappa 0.1.0"
  std::string user;
  std::string database;
  int process_id = 0;
};

// Threads as engine::Session. Its prepared statements die before it.
class DialectSession : public engine::Session {
 public:
  DialectSession(std::unique_ptr<engine::Session> engine, const DialectOptions& options,
                 DialectHooks hooks);

  ClientSettings& settings() { return settings_; }
  // Sets what a client gave at start-up. Unknown names are the engine's, or an error.
  Status set(const std::string& name, const std::string& value);

  StatusOr<std::vector<engine::ParsedStatementPtr>> parse(std::string_view text) override;
  StatusOr<std::unique_ptr<engine::PreparedStatement>> prepare(
      engine::ParsedStatementPtr statement, data::Types parameter_types) override;
  Status execute(const engine::PreparedStatement& statement,
                 const std::vector<duckdb::Value>& parameters, engine::ResultSink& sink) override;
  StatusOr<std::unique_ptr<engine::CopyWriter>> copy_in(
      const engine::PreparedStatement& statement) override {
    return engine_->copy_in(statement);
  }
  engine::TransactionState transaction_state() const override {
    return engine_->transaction_state();
  }
  void cancel() override { engine_->cancel(); }

 private:
  struct Part;
  StatusOr<Part> part_of(std::string_view piece);
  // The statement, or statements, from start to end of the text.
  Status parse_part(std::string_view text, size_t start, size_t end, const Part& part,
                    std::vector<engine::ParsedStatementPtr>& statements);
  Status apply(const std::string& name, const std::string& value);
  Status run(const struct ClientCommand& command, engine::ResultSink& sink);
  Status run_on_engine(const std::string& sql);
  void report_changes();

  std::unique_ptr<engine::Session> engine_;
  ClientSettings settings_;
  DialectHooks hooks_;
  SessionFacts facts_;
};

}  // namespace kappa::serve::pg_catalog
