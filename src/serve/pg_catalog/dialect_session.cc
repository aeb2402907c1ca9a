#include "serve/pg_catalog/dialect_session.h"

#include <algorithm>
#include <variant>

#include "base/ascii.h"
#include "serve/pg_catalog/client_command.h"
#include "serve/pg_catalog/tokens.h"
#include "sql/error.h"

namespace kappa::serve::pg_catalog {
namespace {

// Statements further behind in a text have their positions counted from their own start.
constexpr size_t kPaddingBytesMax = 100'000;

// A command of ours in the place of a statement of the engine.
class CommandStatement : public engine::ParsedStatement {
 public:
  CommandStatement(ClientCommand command, std::string text)
      : command(std::move(command)), text_(std::move(text)) {}
  engine::StatementKind kind() const override { return engine::StatementKind::kOther; }
  const std::string& text() const override { return text_; }
  const engine::CopyOptions& copy_options() const override { return copy_options_; }

  const ClientCommand command;

 private:
  const std::string text_;
  const engine::CopyOptions copy_options_;
};

class PreparedCommand : public engine::PreparedStatement {
 public:
  PreparedCommand(std::shared_ptr<const CommandStatement> parsed, std::string column)
      : parsed(std::move(parsed)) {
    const duckdb::LogicalType text(duckdb::LogicalTypeId::VARCHAR);
    if (this->parsed->command.kind == CommandKind::kShow) columns_.push_back({column, text});
  }
  const engine::ParsedStatement& statement() const override { return *parsed; }
  const data::Types& parameter_types() const override { return parameter_types_; }
  const std::vector<engine::ResultColumn>& columns() const override { return columns_; }

  const std::shared_ptr<const CommandStatement> parsed;

 private:
  const data::Types parameter_types_;
  std::vector<engine::ResultColumn> columns_;
};

// For statements of ours that the client did not ask for.
class NoResults : public engine::ResultSink {
 public:
  Status columns(const std::vector<engine::ResultColumn>&) override { return OkStatus(); }
  Status rows(duckdb::DataChunk&) override { return OkStatus(); }
  void notice(std::string_view, std::string_view) override {}
  void complete(std::string_view) override {}
};

size_t character_count(std::string_view utf8) {
  return static_cast<size_t>(
      std::count_if(utf8.begin(), utf8.end(), [](char c) { return (c & 0xc0) != 0x80; }));
}

Status send_row(engine::ResultSink& sink, const std::string& column, const std::string& value) {
  const duckdb::LogicalType text(duckdb::LogicalTypeId::VARCHAR);
  RETURN_IF_ERROR(sink.columns({{column, text}}));
  try {
    duckdb::DataChunk chunk;
    chunk.Initialize(duckdb::Allocator::DefaultAllocator(), {text});
    chunk.data[0].Append(duckdb::Value(value));
    chunk.CheckCardinality(1);
    return sink.rows(chunk);
  } catch (const std::exception& error) {
    return internal_error("cannot build a row: {}", error.what());
  }
}

}  // namespace

// What one statement of a text is.
struct DialectSession::Part {
  std::optional<ClientCommand> command;
  std::optional<std::string> rewritten;
  bool is_ours() const { return command.has_value() || rewritten.has_value(); }
};

DialectSession::DialectSession(std::unique_ptr<engine::Session> engine,
                               const DialectOptions& options, DialectHooks hooks)
    : engine_(std::move(engine)),
      settings_(options.product, options.user),
      hooks_(std::move(hooks)) {
  facts_.user = options.user;
  facts_.database = options.database;
  facts_.process_id = options.process_id;
  facts_.version = "PostgreSQL 15.0 (" + options.product + ") on x86_64-linux-gnu, 64-bit";
  facts_.setting = [this](const std::string& name) { return settings_.value(name); };
  facts_.set_setting = [this](const std::string& name, const std::string& value) {
    apply(name, value).IgnoreError();
    return settings_.value(name).value_or(value);
  };
}

StatusOr<DialectSession::Part> DialectSession::part_of(std::string_view piece) {
  Part part;
  part.command = read_command(piece, settings_);
  if (part.command.has_value() && part.command->kind == CommandKind::kForward) {
    part.rewritten = part.command->value;
    part.command.reset();
  }
  if (part.is_ours()) return part;
  if (auto rewritten = rewrite(piece, facts_)) {
    if (rewritten->asks_catalog) RETURN_IF_ERROR(hooks_.prepare_catalog());
    part.rewritten = std::move(rewritten->text);
  }
  return part;
}

StatusOr<std::vector<engine::ParsedStatementPtr>> DialectSession::parse(std::string_view text) {
  const std::vector<Piece> pieces = split_statements(text);
  std::vector<Part> parts;
  for (const Piece& piece : pieces) {
    ASSIGN_OR_RETURN(Part part, part_of(piece.text));
    parts.push_back(std::move(part));
  }
  if (std::none_of(parts.begin(), parts.end(), [](const Part& part) { return part.is_ours(); })) {
    return engine_->parse(text);
  }
  std::vector<engine::ParsedStatementPtr> statements;
  for (size_t i = 0; i < pieces.size(); ++i) {
    // Neighbours that are not ours go to the engine together.
    size_t last = i;
    while (!parts[i].is_ours() && last + 1 < pieces.size() && !parts[last + 1].is_ours()) ++last;
    const size_t start = pieces[i].offset;
    const size_t end = pieces[last].offset + pieces[last].text.size();
    RETURN_IF_ERROR(parse_part(text, start, end, parts[i], statements));
    i = last;
  }
  return statements;
}

// Line ends in front of the statement, one a character, keep its positions those in the whole text.
Status DialectSession::parse_part(std::string_view text, size_t start, size_t end, const Part& part,
                                  std::vector<engine::ParsedStatementPtr>& statements) {
  const std::string_view own = text.substr(start, end - start);
  if (part.command.has_value()) {
    statements.push_back(std::make_shared<CommandStatement>(*part.command, std::string(own)));
    return OkStatus();
  }
  std::string run;
  if (start <= kPaddingBytesMax) run.assign(character_count(text.substr(0, start)), '\n');
  run += part.rewritten.has_value() ? *part.rewritten : own;
  ASSIGN_OR_RETURN(auto parsed, engine_->parse(run));
  for (auto& statement : parsed) statements.push_back(std::move(statement));
  return OkStatus();
}

StatusOr<std::unique_ptr<engine::PreparedStatement>> DialectSession::prepare(
    engine::ParsedStatementPtr statement, data::Types parameter_types) {
  auto command = std::dynamic_pointer_cast<const CommandStatement>(statement);
  if (command == nullptr) return engine_->prepare(std::move(statement), std::move(parameter_types));
  std::string column = command->command.name;
  return std::make_unique<PreparedCommand>(std::move(command), std::move(column));
}

Status DialectSession::execute(const engine::PreparedStatement& statement,
                               const std::vector<duckdb::Value>& parameters,
                               engine::ResultSink& sink) {
  const auto* prepared = dynamic_cast<const PreparedCommand*>(&statement);
  if (prepared == nullptr) {
    Status status = engine_->execute(statement, parameters, sink);
    report_changes();  // set_config() may have been called
    return status;
  }
  if (transaction_state() == engine::TransactionState::kFailed) {
    sql::SqlError error;
    error.sqlstate = "25P02";
    error.message =
        "current transaction is aborted, commands ignored until end of transaction block";
    return sql::make_error(std::move(error));
  }
  const ClientCommand& command = prepared->parsed->command;
  RETURN_IF_ERROR(run(command, sink));
  report_changes();
  sink.complete(command.tag);
  return OkStatus();
}

Status DialectSession::run(const ClientCommand& command, engine::ResultSink& sink) {
  switch (command.kind) {
    case CommandKind::kSet:
      return apply(command.name, command.value);
    case CommandKind::kShow:
      return send_row(sink, command.name, settings_.value(command.name).value_or(""));
    case CommandKind::kReset:
      if (command.name == "timezone") return apply(command.name, "UTC");
      if (!command.name.empty()) return settings_.reset(command.name);
      settings_.reset_all();
      return OkStatus();
    case CommandKind::kDeallocate:
      hooks_.deallocate(command.name.empty() ? std::nullopt : std::optional(command.name));
      return OkStatus();
    case CommandKind::kDiscard:
      settings_.reset_all();
      hooks_.deallocate(std::nullopt);
      return OkStatus();
    case CommandKind::kNothing:
    case CommandKind::kForward:
      return OkStatus();
  }
  return OkStatus();
}

Status DialectSession::set(const std::string& name, const std::string& value) {
  if (settings_.knows(name)) return apply(name, value);
  return run_on_engine(fmt::format("SET {} = {}", to_lower(name), quoted(value)));
}

// The time zone also changes what the engine computes.
Status DialectSession::apply(const std::string& name, const std::string& value) {
  RETURN_IF_ERROR(settings_.set(name, value));
  if (to_lower(name) != "timezone") return OkStatus();
  return run_on_engine("SET TimeZone = " + quoted(value));
}

Status DialectSession::run_on_engine(const std::string& sql) {
  ASSIGN_OR_RETURN(auto statements, engine_->parse(sql));
  NoResults sink;
  for (auto& statement : statements) {
    ASSIGN_OR_RETURN(auto prepared, engine_->prepare(std::move(statement), {}));
    RETURN_IF_ERROR(engine_->execute(*prepared, {}, sink));
  }
  return OkStatus();
}

void DialectSession::report_changes() {
  for (const auto& [name, value] : settings_.take_changes()) hooks_.report(name, value);
}

}  // namespace kappa::serve::pg_catalog
