#pragma once
// One client's conversation after start-up, on its own thread: takes messages from the inbox, runs
// statements, answers in order. After an error in the extended protocol everything up to the next
// Sync is skipped, as PostgreSQL does.
//
// A statement outside BEGIN commits by itself; also each one of a multi-statement query and of a
// pipeline. An error skips the rest of them.

#include <absl/time/time.h>

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "engine/session.h"
#include "serve/postgres/client.h"
#include "serve/postgres/frontend.h"
#include "serve/postgres/parameter_casts.h"
#include "serve/postgres/portal.h"
#include "serve/postgres/server.h"

namespace kappa::serve::postgres {

constexpr size_t kNamedObjectsMax = 10'000;  // statements, and portals, of one client

// From start-up's answer to the client's leaving. For the session's thread.
// `prepare_catalog`: see pg_catalog::DialectHooks.
void run_conversation(Client& client, const Server::EngineFn& engine, const ServerOptions& options,
                      const StartupMessage& startup, std::function<Status()> prepare_catalog);

class Conversation {
 public:
  Conversation(Client& client, engine::Session& engine) : client_(client), engine_(engine) {}

  // Until the client leaves or must leave.
  void run();

  // What the dialect (serve/pg_catalog) asks for.
  void set_zone(absl::TimeZone zone) { zone_ = zone; }
  void deallocate(const std::optional<std::string>& statement_name);

 private:
  // conversation.cc
  std::optional<Message> next_message();
  bool handle(const Message& message);  // false: the conversation is over
  Status handle_extended(const Message& message);
  void report(const Status& status);
  void ready();
  Status simple_query(std::string_view text);
  Status run_simple(engine::ParsedStatementPtr statement);

  // extended.cc
  Status parse(std::string_view body);
  StatusOr<std::shared_ptr<engine::PreparedStatement>> prepare(const TypedQuery& query,
                                                               data::Types types);
  Status bind(std::string_view body);
  Status find_columns(Statement& statement);
  StatusOr<std::shared_ptr<const Statement>> settled(std::shared_ptr<const Statement> statement,
                                                     const std::vector<duckdb::Value>& values);
  Status describe_target(std::string_view body);
  Status execute(std::string_view body);
  Status close_target(std::string_view body);
  Status execute_portal(Portal& portal, int64_t rows_max);
  Resume while_suspended(const Portal& portal, bool in_transaction, int64_t& rows_max);
  void sync();
  StatusOr<Portal*> find_portal(std::string_view name);
  StatusOr<std::shared_ptr<Statement>> find_statement(std::string_view name);

  // copy_exchange.cc
  Status copy_in(const engine::PreparedStatement& statement, WireSink& sink);

  Client& client_;
  engine::Session& engine_;
  absl::TimeZone zone_ = absl::UTCTimeZone();
  std::optional<Message> held_;  // taken from the inbox, to be handled next
  bool is_skipping_ = false;     // to the next Sync
  std::map<std::string, std::shared_ptr<Statement>, std::less<>> statements_;
  std::map<std::string, Portal, std::less<>> portals_;
};

}  // namespace kappa::serve::postgres
