// The extended protocol: Parse, Bind, Describe, Execute, Close, Sync.

#include <algorithm>

#include "serve/postgres/backend.h"
#include "serve/postgres/conversation.h"
#include "serve/postgres/errors.h"
#include "serve/postgres/parameters.h"

namespace kappa::serve::postgres {
namespace {

using duckdb::LogicalTypeId;

bool is_open_type(const duckdb::LogicalType& type) { return type.id() == LogicalTypeId::UNKNOWN; }

// The object identifiers that we tell for the parameters: the client's own where it gave them.
std::vector<uint32_t> parameter_oids_of(const data::Types& types,
                                        const std::vector<uint32_t>& declared) {
  std::vector<uint32_t> oids;
  for (size_t i = 0; i < types.size(); ++i) {
    const bool is_declared =
        i < declared.size() && declared[i] != 0 && declared[i] != oid::kUnknown;
    oids.push_back(is_declared ? declared[i] : pg_type_of(types[i]).oid);
  }
  return oids;
}

StatusOr<duckdb::Value> decode_parameter(const BindMessage& message, size_t index,
                                         uint32_t type_oid, const duckdb::LogicalType& type) {
  const auto& value = message.values[index];
  if (value.is_null) return is_open_type(type) ? duckdb::Value() : duckdb::Value(type);
  if (format_at(message.parameter_formats, index) == kBinaryFormat) {
    return decode_binary(type_oid, value.bytes);
  }
  if (type_oid == oid::kNumeric) return decode_numeric_text(value.bytes);
  return decode_text(type, value.bytes);
}

StatusOr<std::vector<duckdb::Value>> decode_parameters(const BindMessage& message,
                                                       const Statement& statement) {
  const auto& types = statement.prepared->parameter_types();
  std::vector<duckdb::Value> values;
  for (size_t i = 0; i < types.size(); ++i) {
    auto value = decode_parameter(message, i, statement.parameter_oids[i], types[i]);
    if (!value.ok()) {
      sql::SqlError error = sql::error_of(value.status());
      error.detail = fmt::format("parameter ${}", i + 1);
      return sql::make_error(std::move(error));
    }
    values.push_back(std::move(*value));
  }
  return values;
}

Status check_counts(const BindMessage& message, const Statement& statement) {
  const size_t expected =
      statement.prepared == nullptr ? 0 : statement.prepared->parameter_types().size();
  if (message.values.size() != expected) {
    return protocol_violation("bind message supplies {} parameters, but the statement requires {}",
                              message.values.size(), expected);
  }
  const size_t columns = statement.prepared == nullptr ? 0 : statement.prepared->columns().size();
  const size_t formats = message.result_formats.size();
  if (formats > 1 && columns != 0 && formats != columns) {
    return protocol_violation("bind message has {} result formats but the query has {} columns",
                              formats, columns);
  }
  return OkStatus();
}

bool is_copy(const Statement& statement) {
  const auto kind = statement.prepared->statement().kind();
  return kind == engine::StatementKind::kCopyIn || kind == engine::StatementKind::kCopyOut;
}

// NoData for statements without rows, and for COPY.
void append_columns(std::string& out, const Statement& statement,
                    const std::vector<int16_t>& formats) {
  if (statement.prepared == nullptr || is_copy(statement) ||
      statement.prepared->columns().empty()) {
    return append_bare(out, 'n');
  }
  append_row_description(out, describe(statement.prepared->columns(), formats));
}

}  // namespace

StatusOr<std::shared_ptr<Statement>> Conversation::find_statement(std::string_view name) {
  auto found = statements_.find(name);
  if (found != statements_.end()) return found->second;
  if (name.empty()) return wire_error("26000", "unnamed prepared statement does not exist");
  return wire_error("26000", "prepared statement \"{}\" does not exist", name);
}

StatusOr<Portal*> Conversation::find_portal(std::string_view name) {
  auto found = portals_.find(name);
  if (found != portals_.end()) return &found->second;
  return wire_error("34000", "portal \"{}\" does not exist", name);
}

// nullptr for an empty query.
StatusOr<std::shared_ptr<engine::PreparedStatement>> Conversation::prepare(const TypedQuery& typed,
                                                                           data::Types types) {
  auto in_clients_text = [&](const Status& status) {
    sql::SqlError error = sql::error_of(status);
    error.position = typed.original_position(error.position);
    return sql::make_error(std::move(error));
  };
  auto parsed = engine_.parse(typed.text);
  if (!parsed.ok()) return in_clients_text(parsed.status());
  if (parsed->empty()) return nullptr;
  if (parsed->size() > 1) {
    return wire_error("42601", "cannot insert multiple commands into a prepared statement");
  }
  auto prepared = engine_.prepare((*parsed)[0], std::move(types));
  if (!prepared.ok()) return in_clients_text(prepared.status());
  return std::shared_ptr<engine::PreparedStatement>(std::move(*prepared));
}

Status Conversation::parse(std::string_view body) {
  ASSIGN_OR_RETURN(ParseMessage message, parse_parse(body));
  if (!message.name.empty() && statements_.contains(message.name)) {
    return wire_error("42P05", "prepared statement \"{}\" already exists", message.name);
  }
  if (statements_.size() >= kNamedObjectsMax) {
    return wire_error("54000", "too many prepared statements: limit={}", kNamedObjectsMax);
  }
  client_.begin_statement();
  auto statement = std::make_shared<Statement>();
  statement->query = std::string(message.query);
  data::Types types;
  for (uint32_t type_oid : message.parameter_oids) types.push_back(logical_type_of(type_oid));
  const TypedQuery typed = cast_parameters(statement->query, types);
  ASSIGN_OR_RETURN(statement->prepared, prepare(typed, std::move(types)));
  if (statement->prepared != nullptr) {
    RETURN_IF_ERROR(find_columns(*statement));
    statement->parameter_oids =
        parameter_oids_of(statement->prepared->parameter_types(), message.parameter_oids);
  }
  statements_.insert_or_assign(std::string(message.name), std::move(statement));
  append_bare(client_.out(), '1');
  return OkStatus();
}

// A query whose columns are not known while a parameter has no type (`SELECT $1`): that one is
// text.
Status Conversation::find_columns(Statement& statement) {
  const auto& prepared = *statement.prepared;
  const bool is_known = !prepared.columns().empty() || prepared.parameter_types().empty() ||
                        !is_query(statement.query);
  if (is_known) return OkStatus();
  data::Types types;
  for (const auto& type : prepared.parameter_types()) {
    types.push_back(is_open_type(type) ? duckdb::LogicalType(LogicalTypeId::VARCHAR) : type);
  }
  const TypedQuery typed = cast_parameters(statement.query, types, CastTexts::kYes);
  ASSIGN_OR_RETURN(statement.prepared, prepare(typed, std::move(types)));
  return OkStatus();
}

// A query whose columns still have no types, or that has a numeric parameter, whose digits only its
// value tells, is prepared once more with the types of the values.
StatusOr<std::shared_ptr<const Statement>> Conversation::settled(
    std::shared_ptr<const Statement> statement, const std::vector<duckdb::Value>& values) {
  if (statement->prepared == nullptr || values.empty()) return statement;
  const auto& columns = statement->prepared->columns();
  const auto& oids = statement->parameter_oids;
  const bool has_open_column = std::any_of(
      columns.begin(), columns.end(), [](const auto& column) { return is_open_type(column.type); });
  const bool has_numeric = std::find(oids.begin(), oids.end(), oid::kNumeric) != oids.end();
  if (!has_open_column && (!has_numeric || columns.empty())) return statement;
  data::Types types = statement->prepared->parameter_types();
  for (size_t i = 0; i < types.size(); ++i) {
    if (is_open_type(types[i]) || oids[i] == oid::kNumeric) types[i] = values[i].type();
  }
  auto result = std::make_shared<Statement>(*statement);
  const TypedQuery typed = cast_parameters(statement->query, types, CastTexts::kYes);
  ASSIGN_OR_RETURN(result->prepared, prepare(typed, std::move(types)));
  return result;
}

Status Conversation::bind(std::string_view body) {
  ASSIGN_OR_RETURN(BindMessage message, parse_bind(body));
  ASSIGN_OR_RETURN(auto statement, find_statement(message.statement));
  if (!message.portal.empty() && portals_.contains(message.portal)) {
    return wire_error("42P03", "portal \"{}\" already exists", message.portal);
  }
  if (portals_.size() >= kNamedObjectsMax) {
    return wire_error("54000", "too many portals: limit={}", kNamedObjectsMax);
  }
  RETURN_IF_ERROR(check_counts(message, *statement));
  Portal portal;
  portal.name = std::string(message.portal);
  if (statement->prepared != nullptr) {
    ASSIGN_OR_RETURN(portal.values, decode_parameters(message, *statement));
  }
  ASSIGN_OR_RETURN(portal.statement, settled(std::move(statement), portal.values));
  portal.formats = message.result_formats;
  portals_.insert_or_assign(portal.name, std::move(portal));
  append_bare(client_.out(), '2');
  return OkStatus();
}

Status Conversation::describe_target(std::string_view body) {
  ASSIGN_OR_RETURN(NamedTarget target, parse_target(body));
  if (target.kind == 'P') {
    ASSIGN_OR_RETURN(Portal * portal, find_portal(target.name));
    append_columns(client_.out(), *portal->statement, portal->formats);
    return OkStatus();
  }
  ASSIGN_OR_RETURN(auto statement, find_statement(target.name));
  append_parameter_description(client_.out(), statement->parameter_oids);
  append_columns(client_.out(), *statement, {});
  return OkStatus();
}

Status Conversation::close_target(std::string_view body) {
  ASSIGN_OR_RETURN(NamedTarget target, parse_target(body));
  // Closing what does not exist is no error.
  if (target.kind == 'P') {
    portals_.erase(std::string(target.name));
  } else {
    statements_.erase(std::string(target.name));
  }
  append_bare(client_.out(), '3');
  return OkStatus();
}

Status Conversation::execute(std::string_view body) {
  ASSIGN_OR_RETURN(ExecuteMessage message, parse_execute(body));
  ASSIGN_OR_RETURN(Portal * portal, find_portal(message.portal));
  client_.begin_statement();
  if (portal->statement->prepared == nullptr) {
    append_bare(client_.out(), 'I');
    return OkStatus();
  }
  switch (portal->state) {
    case PortalState::kReady:
      return execute_portal(*portal, message.rows_max);
    case PortalState::kSpooled:
      return send_spooled(client_, *portal, message.rows_max);
    case PortalState::kRunning:
      return internal_error("portal is running: name={}", portal->name);
    case PortalState::kDone:
      break;
  }
  if (portal->columns().empty()) {
    return wire_error("55000", "portal \"{}\" cannot be run", portal->name);
  }
  append_command_complete(client_.out(), "SELECT 0");
  return OkStatus();
}

Status Conversation::execute_portal(Portal& portal, int64_t rows_max) {
  const std::shared_ptr<const Statement> statement = portal.statement;
  const auto& prepared = *statement->prepared;
  const auto kind = prepared.statement().kind();
  const bool in_transaction = engine_.transaction_state() != engine::TransactionState::kIdle;
  portal.state = PortalState::kRunning;
  PortalSink sink(client_, zone_, portal, rows_max, [&](int64_t& next_rows_max) {
    return while_suspended(portal, in_transaction, next_rows_max);
  });
  Status status;
  if (kind == engine::StatementKind::kCopyIn) {
    status = copy_in(prepared, sink);
  } else if (kind == engine::StatementKind::kCopyOut) {
    CopyOutSink copy_out(client_, zone_, prepared.statement().copy_options());
    status = engine_.execute(prepared, portal.values, copy_out);
  } else {
    status = engine_.execute(prepared, portal.values, sink);
  }
  portal.state = sink.is_spooling() ? PortalState::kSpooled : PortalState::kDone;
  if (!sink.is_spooling()) return sink.is_stopped() ? OkStatus() : status;
  portal.spool_end = status;
  return OkStatus();
}

// Answers what can be answered without the engine; the rest is held for the outer loop.
Resume Conversation::while_suspended(const Portal& portal, bool in_transaction, int64_t& rows_max) {
  while (auto message = next_message()) {
    if (message->type == 'H') {
      client_.flush();
      continue;
    }
    if (message->type == 'S' && in_transaction) {
      append_ready_for_query(client_.out(), engine::TransactionState::kOpen);
      continue;
    }
    if (message->type == 'E') {
      auto next = parse_execute(message->body);
      if (next.ok() && next->portal == portal.name) {
        rows_max = next->rows_max;
        return Resume::kContinue;
      }
    }
    const bool is_for_this_portal = [&] {
      auto target = parse_target(message->body);
      return target.ok() && target->kind == 'P' && target->name == portal.name;
    }();
    const char type = message->type;
    if (type == 'D' && is_for_this_portal) {
      append_columns(client_.out(), *portal.statement, portal.formats);
      continue;
    }
    held_ = std::move(message);
    const bool is_end = type == 'X' || type == 'S' || (type == 'C' && is_for_this_portal);
    return is_end ? Resume::kStop : Resume::kSpool;
  }
  return Resume::kStop;
}

void Conversation::sync() {
  is_skipping_ = false;
  if (engine_.transaction_state() == engine::TransactionState::kIdle) portals_.clear();
  ready();
  client_.flush();
}

}  // namespace kappa::serve::postgres
