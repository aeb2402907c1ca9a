#include "engine/session_impl.h"

#include <cctype>
#include <duckdb/main/connection.hpp>
#include <duckdb/parser/sql_statement.hpp>

#include "base/ascii.h"
#include "engine/copy_in.h"
#include "engine/sql_text.h"
#include "engine/verify.h"
#include "sql/error.h"
#include "sql/text_limits.h"

namespace kappa::engine {
namespace {

CopyOptions copy_options(const sql::CopyData& body) {
  CopyOptions options;
  auto find = [&](const char* name) {
    auto found = body.options.find(name);
    return found == body.options.end() ? nullptr : &found->second;
  };
  if (const std::string* format = find("format")) options.is_csv = to_lower(*format) == "csv";
  if (find("csv")) options.is_csv = true;
  if (options.is_csv) options.delimiter = ',', options.null_text = "";
  for (const char* name : {"delimiter", "delim", "sep"})
    if (const std::string* text = find(name); text && !text->empty())
      options.delimiter = (*text)[0];
  if (const std::string* text = find("quote"); text && !text->empty())
    options.quote = options.escape = (*text)[0];
  if (const std::string* text = find("escape"); text && !text->empty()) options.escape = (*text)[0];
  if (const std::string* text = find("null")) options.null_text = *text;
  if (const std::string* text = find("nullstr")) options.null_text = *text;
  if (const std::string* text = find("header"))
    options.has_header = to_lower(*text) != "false" && to_lower(*text) != "off" && *text != "0";
  return options;
}

// SHOW name, where name is a setting: DuckDB would look it up among its own.
std::string shown_variable(const std::string& text) {
  std::vector<std::string> words;
  std::string word;
  for (char c : text + " ") {
    bool is_part = std::isalnum(static_cast<unsigned char>(c)) || c == '_';
    if (is_part) word += c;
    if (is_part || word.empty()) continue;
    words.push_back(to_lower(word));
    word.clear();
  }
  bool is_show = words.size() >= 2 && words[0] == "show";
  if (is_show && words.size() == 3 && words[1] == "time" && words[2] == "zone") return "timezone";
  if (is_show && words.size() == 4 && words[1] == "transaction") return "transaction_isolation";
  return is_show && words.size() == 2 ? words[1] : "";
}

bool ends_transaction(const sql::Statement& statement) {
  auto* action = std::get_if<sql::TransactionAction>(&statement.body);
  return action != nullptr && *action != sql::TransactionAction::kBegin;
}

Status in_failed_transaction() {
  return sql::make_error({"25P02",
                          "current transaction is aborted, commands ignored until end of "
                          "transaction block"});
}

}  // namespace

Parsed::Parsed(sql::Statement given) : statement(std::move(given)) {
  if (auto* copy = std::get_if<sql::CopyData>(&statement.body)) {
    kind_ = copy->is_in ? StatementKind::kCopyIn : StatementKind::kCopyOut;
    copy_options_ = engine::copy_options(*copy);
  }
  if (auto* action = std::get_if<sql::TransactionAction>(&statement.body)) {
    kind_ = *action == sql::TransactionAction::kBegin    ? StatementKind::kBegin
            : *action == sql::TransactionAction::kCommit ? StatementKind::kCommit
                                                         : StatementKind::kRollback;
  }
}

SessionImpl::SessionImpl(Core& core) : core_(core), connection_(core.database().connect()) {}

StatusOr<std::vector<ParsedStatementPtr>> SessionImpl::parse(std::string_view text) {
  Status checked = sql::check_text(text);
  auto statements = checked.ok() ? sql::parse(connection_->duck(), text) : std::move(checked);
  if (!statements.ok()) {
    fail_transaction();
    return statements.status();
  }
  std::vector<ParsedStatementPtr> parsed;
  for (sql::Statement& statement : *statements)
    parsed.push_back(std::make_shared<Parsed>(std::move(statement)));
  return parsed;
}

StatusOr<std::unique_ptr<PreparedStatement>> SessionImpl::prepare(ParsedStatementPtr statement,
                                                                  data::Types declared) {
  auto prepared = std::make_unique<Prepared>();
  prepared->parsed = std::static_pointer_cast<const Parsed>(statement);
  if (transaction_ == TransactionState::kFailed && !ends_transaction(prepared->parsed->statement))
    return in_failed_transaction();
  Status status = describe_into(*prepared->parsed, declared, *prepared);
  if (!status.ok()) {
    fail_transaction();
    return status;
  }
  return std::unique_ptr<PreparedStatement>(std::move(prepared));
}

Status SessionImpl::describe_into(const Parsed& parsed, const data::Types& declared,
                                  Prepared& prepared) {
  const sql::Statement& statement = parsed.statement;
  const auto text = duckdb::LogicalType::VARCHAR;
  if (std::holds_alternative<sql::Query>(statement.body)) {
    std::string variable = shown_variable(statement.text);
    if (!variable.empty() && variables_.show(variable)) {
      prepared.result_columns = {{variable, text}};
      return OkStatus();
    }
    ASSIGN_OR_RETURN(auto snapshot, begin_reading());
    Runnable query = runnable(statement);
    ASSIGN_OR_RETURN(Description description,
                     describe(*connection_, std::move(query.statement), statement.parameter_count,
                              declared, query.text));
    prepared.result_columns = std::move(description.columns);
    prepared.parameters = std::move(description.parameters);
    return OkStatus();
  }
  bool is_write = std::holds_alternative<sql::Insert>(statement.body) ||
                  std::holds_alternative<sql::Update>(statement.body) ||
                  std::holds_alternative<sql::Delete>(statement.body);
  if (is_write) {
    ASSIGN_OR_RETURN(auto snapshot, begin_reading());
    ASSIGN_OR_RETURN(std::string name, written_table(statement));
    ASSIGN_OR_RETURN(DefinitionPtr table, writable_table(name, *snapshot));
    ASSIGN_OR_RETURN(WriteQuery query, make_write_query(statement, *table));
    ASSIGN_OR_RETURN(auto statements, sql::parse(connection_->duck(), query.sql));
    std::unique_ptr<duckdb::SQLStatement> copy(statements.front().duck->Copy().release());
    auto description =
        describe(*connection_, std::move(copy), statement.parameter_count, declared, {});
    if (!description.ok()) return placed_in(*connection_, statement, description.status());
    prepared.parameters = std::move(description->parameters);
    if (query.has_returning)
      prepared.result_columns.assign(description->columns.begin() + query.returning_at(),
                                     description->columns.end());
    return OkStatus();
  }
  if (auto* copy = std::get_if<sql::CopyData>(&statement.body)) {
    ASSIGN_OR_RETURN(auto snapshot, begin_reading());
    if (!copy->is_in) return OkStatus();
    ASSIGN_OR_RETURN(DefinitionPtr table, writable_table(copy->table, *snapshot));
    for (const sql::Column& column : table->columns) {
      if (copy->columns.empty()) prepared.result_columns.push_back({column.name, column.type});
      for (const std::string& name : copy->columns)
        if (to_lower(name) == to_lower(column.name))
          prepared.result_columns.push_back({column.name, column.type});
    }
    return OkStatus();
  }
  if (std::holds_alternative<sql::Verify>(statement.body))
    prepared.result_columns = verify_columns();
  if (auto* show = std::get_if<sql::Show>(&statement.body)) {
    ASSIGN_OR_RETURN(std::string query, show_query(*show));
    ASSIGN_OR_RETURN(auto snapshot, begin_reading());
    ASSIGN_OR_RETURN(auto statements, sql::parse(connection_->duck(), query));
    std::unique_ptr<duckdb::SQLStatement> copy(statements.front().duck->Copy().release());
    ASSIGN_OR_RETURN(Description description, describe(*connection_, std::move(copy), 0, {}, {}));
    prepared.result_columns = std::move(description.columns);
  }
  if (std::holds_alternative<sql::ExplainView>(statement.body))
    prepared.result_columns = {{"plan", text}};
  return OkStatus();
}

Status SessionImpl::execute(const PreparedStatement& statement,
                            const std::vector<duckdb::Value>& parameters, ResultSink& sink) {
  const sql::Statement& body = static_cast<const Prepared&>(statement).parsed->statement;
  if (transaction_ == TransactionState::kFailed && !ends_transaction(body))
    return in_failed_transaction();
  is_cancelled_ = false;
  Status status = run(body, parameters, sink);
  if (!status.ok()) fail_transaction();
  return status;
}

Status SessionImpl::run(const sql::Statement& statement,
                        const std::vector<duckdb::Value>& parameters, ResultSink& sink) {
  const auto& body = statement.body;
  if (std::holds_alternative<sql::Query>(body))
    return run_query_statement(statement, parameters, sink);
  if (std::holds_alternative<sql::Insert>(body) || std::holds_alternative<sql::Update>(body) ||
      std::holds_alternative<sql::Delete>(body))
    return run_write(statement, parameters, sink);
  if (std::holds_alternative<sql::CreateSource>(body) ||
      std::holds_alternative<sql::CreateTable>(body) ||
      std::holds_alternative<sql::CreateView>(body))
    return run_create(statement, sink);
  if (auto* drop = std::get_if<sql::Drop>(&body)) return run_drop(*drop, sink);
  if (auto* show = std::get_if<sql::Show>(&body)) return run_show(*show, sink);
  if (auto* explain = std::get_if<sql::ExplainView>(&body)) return run_explain_view(*explain, sink);
  if (auto* verify = std::get_if<sql::Verify>(&body)) return run_verify(*verify, sink);
  if (std::holds_alternative<sql::Flush>(body)) return run_flush(sink);
  if (auto* action = std::get_if<sql::TransactionAction>(&body))
    return run_transaction(*action, sink);
  if (auto* set = std::get_if<sql::SetVariable>(&body)) return run_set(*set, sink);
  if (auto* copy = std::get_if<sql::CopyData>(&body)) return run_copy_out(*copy, sink);
  variables_.reset_all(*connection_);
  sink.complete("DISCARD ALL");
  return OkStatus();
}

Status SessionImpl::run_query_statement(const sql::Statement& statement,
                                        const std::vector<duckdb::Value>& parameters,
                                        ResultSink& sink) {
  std::string variable = shown_variable(statement.text);
  if (!variable.empty()) {
    if (auto value = variables_.show(variable)) return show_variable(variable, *value, sink);
  }
  RETURN_IF_ERROR(begin_reading().status());
  int64_t count = 0;
  QueryCallbacks callbacks;
  callbacks.columns = [&](const std::vector<ResultColumn>& columns) {
    return sink.columns(columns);
  };
  callbacks.rows = [&](duckdb::DataChunk& chunk) {
    count += chunk.size();
    return sink.rows(chunk);
  };
  Runnable query = runnable(statement);
  RETURN_IF_ERROR(
      run_query(*connection_, std::move(query.statement), parameters, query.text, callbacks));
  sink.complete(fmt::format("SELECT {}", count));
  return OkStatus();
}

Status SessionImpl::run_sql(const std::string& sql, const std::vector<duckdb::Value>& parameters,
                            ResultSink& sink, const char* tag) {
  RETURN_IF_ERROR(begin_reading().status());
  int64_t count = 0;
  QueryCallbacks callbacks;
  callbacks.columns = [&](const std::vector<ResultColumn>& columns) {
    return sink.columns(columns);
  };
  callbacks.rows = [&](duckdb::DataChunk& chunk) {
    count += chunk.size();
    return sink.rows(chunk);
  };
  RETURN_IF_ERROR(run_query(*connection_, sql, parameters, callbacks));
  sink.complete(fmt::format("{} {}", tag, count));
  return OkStatus();
}

Status SessionImpl::show_variable(const std::string& name, const std::string& value,
                                  ResultSink& sink) {
  RETURN_IF_ERROR(sink.columns({{name, duckdb::LogicalType::VARCHAR}}));
  duckdb::DataChunk row;
  row.Initialize(duckdb::Allocator::DefaultAllocator(), {duckdb::LogicalType::VARCHAR});
  row.data[0].Append(duckdb::Value(value));
  row.SetCardinalityUnsafe(1);
  RETURN_IF_ERROR(sink.rows(row));
  sink.complete("SHOW");
  return OkStatus();
}

StatusOr<EngineSnapshotPtr> SessionImpl::begin_reading() {
  EngineSnapshotPtr snapshot = transaction_snapshot_;
  if (!snapshot) {
    Frontier needed = variables_.is_on("read_your_writes") ? written_ : Frontier();
    ASSIGN_OR_RETURN(snapshot, core_.live().wait_for(needed, is_cancelled_));
  }
  connection_->use_snapshot(snapshot);
  return snapshot;
}

Status SessionImpl::run_set(const sql::SetVariable& body, ResultSink& sink) {
  if (body.is_reset) {
    if (body.name == "all")
      variables_.reset_all(*connection_);
    else
      RETURN_IF_ERROR(variables_.reset(body.name, *connection_));
    sink.complete("RESET");
    return OkStatus();
  }
  RETURN_IF_ERROR(variables_.set(body.name, body.value, *connection_));
  sink.complete("SET");
  return OkStatus();
}

Status SessionImpl::run_copy_out(const sql::CopyData& body, ResultSink& sink) {
  std::string query = body.query;
  if (query.empty()) {
    std::string columns;
    for (const std::string& column : body.columns)
      columns += (columns.empty() ? "" : ", ") + quote_identifier(column);
    query = "SELECT " + (columns.empty() ? "*" : columns) + " FROM " + quote_identifier(body.table);
  }
  return run_sql(query, {}, sink, "COPY");
}

Status SessionImpl::run_transaction(sql::TransactionAction action, ResultSink& sink) {
  if (action == sql::TransactionAction::kBegin) {
    if (transaction_ != TransactionState::kIdle) {
      sink.notice("WARNING", "there is already a transaction in progress");
    } else {
      ASSIGN_OR_RETURN(transaction_snapshot_, begin_reading());
      transaction_ = TransactionState::kOpen;
    }
    sink.complete("BEGIN");
    return OkStatus();
  }
  if (transaction_ == TransactionState::kIdle)
    sink.notice("WARNING", "there is no transaction in progress");
  bool is_commit =
      action == sql::TransactionAction::kCommit && transaction_ != TransactionState::kFailed;
  std::unique_ptr<TableWriter> writer = std::move(transaction_writer_);
  end_transaction();
  if (is_commit && writer) RETURN_IF_ERROR(writer->commit(written_));
  sink.complete(is_commit ? "COMMIT" : "ROLLBACK");
  return OkStatus();
}

void SessionImpl::fail_transaction() {
  if (transaction_ == TransactionState::kIdle) return;
  transaction_ = TransactionState::kFailed;
  transaction_writer_.reset();
}

void SessionImpl::end_transaction() {
  transaction_ = TransactionState::kIdle;
  transaction_snapshot_.reset();
  transaction_writer_.reset();
}

Status SessionImpl::refuse_in_transaction(const char* what) const {
  if (transaction_ == TransactionState::kIdle) return OkStatus();
  return sql::make_error({"25001", fmt::format("{} cannot run inside a transaction block", what)});
}

void SessionImpl::cancel() {
  is_cancelled_ = true;
  connection_->interrupt();
  core_.live().wake_waiters();
  absl::MutexLock lock(&other_mutex_);
  if (other_connection_ != nullptr) other_connection_->interrupt();
}

}  // namespace kappa::engine
