#include "serve/postgres/conversation.h"

#include "base/logging.h"
#include "serve/postgres/backend.h"
#include "serve/postgres/errors.h"

namespace kappa::serve::postgres {

void Conversation::run() {
  ready();
  while (auto message = next_message()) {
    if (!handle(*message)) return;
  }
}

std::optional<Message> Conversation::next_message() {
  if (held_.has_value()) return std::exchange(held_, std::nullopt);
  if (client_.inbox.is_empty()) client_.flush();
  return client_.inbox.pop();
}

bool Conversation::handle(const Message& message) {
  if (message.type == 'X') return false;
  if (message.type == 'S') return sync(), true;
  // Left over from a COPY that failed; harmless, as in PostgreSQL.
  if (message.type == 'd' || message.type == 'c' || message.type == 'f') return true;
  if (is_skipping_) return true;
  if (message.type == 'Q') {
    auto text = parse_text(message.body);
    Status status = text.ok() ? simple_query(*text) : text.status();
    if (!status.ok()) report(status);
    ready();
    return true;
  }
  Status status = handle_extended(message);
  if (status.ok()) return true;
  report(status);
  is_skipping_ = true;
  return true;
}

Status Conversation::handle_extended(const Message& message) {
  switch (message.type) {
    case 'P':
      return parse(message.body);
    case 'B':
      return bind(message.body);
    case 'D':
      return describe_target(message.body);
    case 'E':
      return execute(message.body);
    case 'C':
      return close_target(message.body);
    case 'H':
      return client_.flush(), OkStatus();
    case 'F':
      return wire_error("0A000", "function calls by object identifier are not supported");
    default:
      return protocol_violation("unexpected message type {}", message.type);
  }
}

void Conversation::report(const Status& status) {
  append_error(client_.out(), {"ERROR", sql::error_of(status)});
}

void Conversation::ready() { append_ready_for_query(client_.out(), engine_.transaction_state()); }

Status Conversation::simple_query(std::string_view text) {
  statements_.erase("");
  portals_.erase("");
  client_.begin_statement();
  ASSIGN_OR_RETURN(auto statements, engine_.parse(text));
  if (statements.empty()) append_bare(client_.out(), 'I');
  for (auto& statement : statements) RETURN_IF_ERROR(run_simple(std::move(statement)));
  if (engine_.transaction_state() == engine::TransactionState::kIdle) portals_.clear();
  return OkStatus();
}

Status Conversation::run_simple(engine::ParsedStatementPtr statement) {
  const auto kind = statement->kind();
  ASSIGN_OR_RETURN(auto prepared, engine_.prepare(statement, {}));
  if (!prepared->parameter_types().empty()) {
    return wire_error("42P02", "there is no parameter $1");
  }
  QuerySink query(client_, zone_);
  CopyOutSink copy_out(client_, zone_, prepared->statement().copy_options());
  switch (kind) {
    case engine::StatementKind::kCopyIn:
      return copy_in(*prepared, query);
    case engine::StatementKind::kCopyOut:
      return engine_.execute(*prepared, {}, copy_out);
    default:
      return engine_.execute(*prepared, {}, query);
  }
}

void Conversation::deallocate(const std::optional<std::string>& statement_name) {
  if (statement_name.has_value()) {
    statements_.erase(*statement_name);
  } else {
    statements_.clear();
  }
}

}  // namespace kappa::serve::postgres
