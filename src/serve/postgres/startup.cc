// What is said at start-up, and the frame around a conversation.

#include "base/logging.h"
#include "serve/postgres/backend.h"
#include "serve/postgres/conversation.h"
#include "serve/postgres/errors.h"

namespace kappa::serve::postgres {
namespace {

// Options of the protocol itself have names of this form; we know none.
std::vector<std::string> unknown_protocol_options(const StartupMessage& startup) {
  std::vector<std::string> names;
  for (const auto& [name, value] : startup.parameters) {
    if (name.starts_with("_pq_.")) names.push_back(name);
  }
  return names;
}

void say_fatal(Client& client, const Status& status) {
  append_error(client.out(), {"FATAL", sql::error_of(status), {}});
  client.flush();
}

void greet(Client& client, const StartupMessage& startup) {
  const auto unknown = unknown_protocol_options(startup);
  if (startup.minor_version > 0 || !unknown.empty()) {
    append_negotiate_version(client.out(), unknown);
  }
  append_authentication_ok(client.out());
}

}  // namespace

void run_conversation(Client& client, const Server::EngineFn& make_engine,
                      const ServerOptions&, const StartupMessage& startup) {
  auto engine = make_engine();
  if (!engine.ok()) return say_fatal(client, engine.status());
  client.set_engine(engine->get());
  greet(client, startup);
  append_backend_key(client.out(), client.process_id, client.secret);
  {
    Conversation conversation(client, **engine);
    conversation.run();
  }
  client.set_engine(nullptr);
  if (Status reason = client.inbox.end_reason(); !reason.ok()) say_fatal(client, reason);
  client.flush();
}

}  // namespace kappa::serve::postgres
