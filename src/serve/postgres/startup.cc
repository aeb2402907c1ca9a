// What is said at start-up, and the frame around a conversation.

#include "base/logging.h"
#include "serve/pg_catalog/dialect_session.h"
#include "serve/postgres/backend.h"
#include "serve/postgres/conversation.h"
#include "serve/postgres/errors.h"

namespace kappa::serve::postgres {
namespace {

using pg_catalog::DialectSession;

// Options of the protocol itself have names of this form; we know none.
std::vector<std::string> unknown_protocol_options(const StartupMessage& startup) {
  std::vector<std::string> names;
  for (const auto& [name, value] : startup.parameters) {
    if (name.starts_with("_pq_.")) names.push_back(name);
  }
  return names;
}

std::string parameter_of(const StartupMessage& startup, std::string_view wanted) {
  for (const auto& [name, value] : startup.parameters) {
    if (name == wanted) return value;
  }
  return {};
}

void say_fatal(Client& client, const Status& status) {
  append_error(client.out(), {"FATAL", sql::error_of(status)});
  client.flush();
}

// "-c name=value -c name=value" of the parameter `options`; a backslash keeps a space.
std::vector<std::pair<std::string, std::string>> settings_of(const std::string& options) {
  std::vector<std::string> words(1);
  for (size_t i = 0; i < options.size(); ++i) {
    if (options[i] == '\\' && i + 1 < options.size()) {
      words.back().push_back(options[++i]);
    } else if (options[i] == ' ') {
      if (!words.back().empty()) words.emplace_back();
    } else {
      words.back().push_back(options[i]);
    }
  }
  std::vector<std::pair<std::string, std::string>> settings;
  for (std::string word : words) {
    if (word.starts_with("--") || word.starts_with("-c")) word.erase(0, 2);
    const size_t equals = word.find('=');
    if (equals == std::string::npos) continue;
    settings.emplace_back(word.substr(0, equals), word.substr(equals + 1));
  }
  return settings;
}

// Settings that the client gave. One that we cannot honour is a warning, not the end.
void apply_settings(Client& client, DialectSession& session, const StartupMessage& startup) {
  auto settings = settings_of(parameter_of(startup, "options"));
  for (const auto& [name, value] : startup.parameters) {
    const bool is_setting = name != "user" && name != "database" && name != "options" &&
                            name != "replication" && !name.starts_with("_pq_.");
    if (is_setting) settings.emplace_back(name, value);
  }
  for (const auto& [name, value] : settings) {
    Status status = session.set(name, value);
    if (status.ok()) continue;
    append_notice(client.out(), {"WARNING", sql::error_of(status)});
  }
}

Status check_startup(const StartupMessage& startup) {
  if (parameter_of(startup, "user").empty()) {
    return wire_error("28000", "no PostgreSQL user name specified in startup packet");
  }
  const std::string replication = parameter_of(startup, "replication");
  if (!replication.empty() && replication != "false" && replication != "off" &&
      replication != "0" && replication != "no") {
    return wire_error("0A000", "replication connections are not supported");
  }
  return OkStatus();
}

pg_catalog::DialectOptions dialect_options_of(const Client& client, const ServerOptions& options,
                                              const StartupMessage& startup) {
  pg_catalog::DialectOptions dialect;
  dialect.product = options.product;
  dialect.user = parameter_of(startup, "user");
  dialect.database = parameter_of(startup, "database");
  if (dialect.database.empty()) dialect.database = dialect.user;
  dialect.process_id = client.process_id;
  return dialect;
}

void greet(Client& client, DialectSession& session, const StartupMessage& startup) {
  const auto unknown = unknown_protocol_options(startup);
  if (startup.minor_version > 0 || !unknown.empty()) {
    append_negotiate_version(client.out(), unknown);
  }
  append_authentication_ok(client.out());
  apply_settings(client, session, startup);
  session.settings().take_changes();
  for (const auto& [name, value] : session.settings().reported()) {
    append_parameter_status(client.out(), name, value);
  }
  append_backend_key(client.out(), client.process_id, client.secret);
}

// Lets cancellations through to the engine, as long as it lives.
class EngineLink {
 public:
  EngineLink(Client& client, engine::Session& engine) : client_(client) {
    client_.set_engine(&engine);
  }
  ~EngineLink() { client_.set_engine(nullptr); }

 private:
  Client& client_;
};

void converse(Client& client, std::unique_ptr<engine::Session> engine, const ServerOptions& options,
              const StartupMessage& startup, std::function<Status()> prepare_catalog) {
  Conversation* talk = nullptr;
  DialectSession* dialect = nullptr;
  pg_catalog::DialectHooks hooks;
  hooks.report = [&](const std::string& name, const std::string& value) {
    append_parameter_status(client.out(), name, value);
    talk->set_zone(dialect->settings().zone());
  };
  hooks.prepare_catalog = std::move(prepare_catalog);
  hooks.deallocate = [&](const std::optional<std::string>& name) { talk->deallocate(name); };
  DialectSession session(std::move(engine), dialect_options_of(client, options, startup),
                         std::move(hooks));
  dialect = &session;
  const EngineLink link(client, session);
  greet(client, session, startup);
  {
    Conversation conversation(client, session);
    talk = &conversation;
    conversation.set_zone(session.settings().zone());
    conversation.run();
  }
}

}  // namespace

void run_conversation(Client& client, const Server::EngineFn& make_engine,
                      const ServerOptions& options, const StartupMessage& startup,
                      std::function<Status()> prepare_catalog) {
  if (Status status = check_startup(startup); !status.ok()) return say_fatal(client, status);
  auto engine = make_engine();
  if (!engine.ok()) return say_fatal(client, engine.status());
  try {
    converse(client, std::move(*engine), options, startup, std::move(prepare_catalog));
  } catch (const std::exception& error) {
    // Most likely no memory. What was being written may be half a message, so it does not go out.
    LOG_ERROR("sql session ended: {} peer={}", error.what(), client.connection->peer());
    client.out().clear();
    return say_fatal(client, wire_error("53200", "the session cannot go on: {}", error.what()));
  }
  if (Status reason = client.inbox.end_reason(); !reason.ok()) say_fatal(client, reason);
  client.flush();
}

}  // namespace kappa::serve::postgres
