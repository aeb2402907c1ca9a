#include "postgres/duckdb_session.h"

#include <duckdb_static_extension.h>
#include <duckdb.hpp>
#include <duckdb/main/query_result_stream.hpp>
#include <duckdb/parser/expression/constant_expression.hpp>
#include <duckdb/parser/parsed_data/copy_info.hpp>
#include <duckdb/parser/parsed_data/transaction_info.hpp>
#include <duckdb/parser/statement/copy_statement.hpp>
#include <duckdb/parser/statement/transaction_statement.hpp>

#include <atomic>
#include <mutex>

#include "base/ascii.h"
#include "base/check.h"
#include "serve/pg_catalog/bootstrap.h"
#include "sql/duckdb_error.h"

extern "C" {
int32_t duckdb_extension_core_functions_describe(duckdb_extension_descriptor*);
int32_t duckdb_extension_parquet_describe(duckdb_extension_descriptor*);
int32_t duckdb_extension_json_describe(duckdb_extension_descriptor*);
int32_t duckdb_extension_icu_describe(duckdb_extension_descriptor*);
}

namespace kappa::testing {
namespace {

using duckdb::LogicalTypeId;
using engine::StatementKind;
using engine::TransactionState;

// Calls body, which returns a Status or StatusOr; what DuckDB throws becomes its SQL error.
template <typename Body>
auto caught(std::string_view text, Body body, int offset = 0) -> decltype(body()) {
  try {
    return body();
  } catch (const std::exception& error) {
    return sql::status_of(duckdb::ErrorData(error), text, offset);
  }
}

Status in_failed_transaction() {
  return sql::make_error({"25P02",
                          "current transaction is aborted, commands ignored until end of "
                          "transaction block"});
}

std::string option_text(const duckdb::ParsedExpression* expression) {
  if (expression == nullptr) return "";
  if (expression->GetExpressionClass() == duckdb::ExpressionClass::CONSTANT) {
    return expression->Cast<duckdb::ConstantExpression>().GetLiteral().ToValue().ToString();
  }
  return expression->ToString();
}

engine::CopyOptions copy_options_of(const duckdb::CopyInfo& info) {
  engine::CopyOptions options;
  options.is_csv = to_lower(info.format) == "csv";
  if (options.is_csv) options.delimiter = ',', options.null_text = "";
  for (const auto& [name, expression] : info.parsed_options) {
    const std::string key = to_lower(name.GetIdentifierName());
    const std::string value = option_text(expression.get());
    if (key == "format") options.is_csv = to_lower(value) == "csv";
    if (key == "format" && options.is_csv) options.delimiter = ',', options.null_text = "";
    if (key == "header") options.has_header = to_lower(value) != "false";
    if (key == "delimiter" || key == "delim") options.delimiter = value[0];
    if (key == "quote") options.quote = options.escape = value[0];
    if (key == "escape") options.escape = value[0];
    if (key == "null") options.null_text = value;
  }
  return options;
}

class Parsed : public engine::ParsedStatement {
 public:
  // `offset`: of the text in the one that was parsed with it, in characters.
  Parsed(duckdb::unique_ptr<duckdb::SQLStatement> statement, std::string text, int offset)
      : statement(std::move(statement)), offset(offset), text_(std::move(text)) {
    if (this->statement->type == duckdb::StatementType::COPY_STATEMENT) {
      const auto& info = *this->statement->Cast<duckdb::CopyStatement>().info;
      kind_ = info.is_from ? StatementKind::kCopyIn : StatementKind::kCopyOut;
      options_ = copy_options_of(info);
    }
    if (this->statement->type == duckdb::StatementType::TRANSACTION_STATEMENT) {
      switch (this->statement->Cast<duckdb::TransactionStatement>().info->type) {
        case duckdb::TransactionType::COMMIT:
          kind_ = StatementKind::kCommit;
          break;
        case duckdb::TransactionType::ROLLBACK:
          kind_ = StatementKind::kRollback;
          break;
        default:
          kind_ = StatementKind::kBegin;
      }
    }
  }

  StatementKind kind() const override { return kind_; }
  const std::string& text() const override { return text_; }
  const engine::CopyOptions& copy_options() const override { return options_; }

  duckdb::unique_ptr<duckdb::SQLStatement> statement;
  const int offset;

 private:
  std::string text_;
  StatementKind kind_ = StatementKind::kOther;
  engine::CopyOptions options_;
};

class Prepared : public engine::PreparedStatement {
 public:
  const engine::ParsedStatement& statement() const override { return *parsed; }
  const data::Types& parameter_types() const override { return types; }
  const std::vector<engine::ResultColumn>& columns() const override { return result_columns; }

  std::shared_ptr<const Parsed> parsed;
  duckdb::unique_ptr<duckdb::PreparedStatement> duck;  // not for COPY
  data::Types types;
  std::vector<engine::ResultColumn> result_columns;
  std::string copy_query;
  std::string copy_table;
};

std::string tag_of(const Prepared& prepared, int64_t count) {
  using duckdb::StatementType;
  switch (prepared.duck->GetStatementType()) {
    case StatementType::INSERT_STATEMENT:
      return fmt::format("INSERT 0 {}", count);
    case StatementType::UPDATE_STATEMENT:
      return fmt::format("UPDATE {}", count);
    case StatementType::DELETE_STATEMENT:
      return fmt::format("DELETE {}", count);
    case StatementType::TRANSACTION_STATEMENT:
      break;
    default:
      return fmt::format("SELECT {}", count);
  }
  switch (prepared.parsed->kind()) {
    case StatementKind::kBegin:
      return "BEGIN";
    case StatementKind::kCommit:
      return "COMMIT";
    default:
      return "ROLLBACK";
  }
}

bool returns_rows(const duckdb::PreparedStatement& prepared) {
  return prepared.GetStatementProperties().return_type == duckdb::StatementReturnType::QUERY_RESULT;
}

// Rows in memory until finish() inserts them.
class Writer : public engine::CopyWriter {
 public:
  Writer(duckdb::Connection& connection, const Prepared& prepared)
      : connection_(connection), prepared_(prepared) {
    const auto& table = prepared.copy_table;
    insert_ = connection_.Prepare(
        fmt::format("INSERT INTO {} ({}) VALUES ({})", table, names(), placeholders()));
  }

  Status row(const std::vector<const std::string*>& values, int64_t line) override {
    duckdb::vector<duckdb::Value> row;
    for (size_t i = 0; i < values.size(); ++i) {
      if (values[i] == nullptr) {
        row.emplace_back(prepared_.result_columns[i].type);
        continue;
      }
      std::string message;
      auto value =
          duckdb::Value(*values[i]).DefaultTryCastAs(prepared_.result_columns[i].type, &message);
      if (!value) {
        return sql::make_error(
            {"22P02", message, "", "", 0,
             fmt::format("COPY, line {}, column {}", line, prepared_.result_columns[i].name)});
      }
      row.push_back(std::move(*value));
    }
    rows_.push_back(std::move(row));
    return OkStatus();
  }

  StatusOr<int64_t> finish(engine::ResultSink&) override {
    return caught({}, [&]() -> StatusOr<int64_t> {
      const bool owns_transaction = !connection_.HasActiveTransaction();
      if (owns_transaction) connection_.BeginTransaction();
      for (auto& row : rows_) {
        auto result = insert_->Execute(row);
        if (!result->HasError()) continue;
        if (owns_transaction) connection_.Rollback();
        return sql::status_of(result->GetErrorObject());
      }
      if (owns_transaction) connection_.Commit();
      return static_cast<int64_t>(rows_.size());
    });
  }

 private:
  std::string names() const {
    std::string text;
    for (const auto& column : prepared_.result_columns) {
      text += (text.empty() ? "\"" : ", \"") + column.name + "\"";
    }
    return text;
  }
  std::string placeholders() const {
    std::string text;
    for (size_t i = 1; i <= prepared_.result_columns.size(); ++i) {
      text += (i == 1 ? "$" : ", $") + std::to_string(i);
    }
    return text;
  }

  duckdb::Connection& connection_;
  const Prepared& prepared_;
  duckdb::unique_ptr<duckdb::PreparedStatement> insert_;
  std::vector<duckdb::vector<duckdb::Value>> rows_;
};

class Session : public engine::Session {
 public:
  explicit Session(duckdb::DuckDB& database) : connection_(database) {
    auto result = connection_.Query("USE kappadb");
    KAPPA_CHECK(!result->HasError());
  }

  StatusOr<std::vector<engine::ParsedStatementPtr>> parse(std::string_view text) override {
    return caught(text, [&]() -> StatusOr<std::vector<engine::ParsedStatementPtr>> {
      std::vector<engine::ParsedStatementPtr> statements;
      const std::string whole(text);
      size_t place = 0;
      for (const auto& statement : connection_.ExtractStatements(whole)) {
        // Once more by itself: DuckDB loses positions behind the first statement of a text.
        const std::string& own = statement->query;
        place = whole.find(own, place);
        KAPPA_CHECK(place != std::string::npos);
        auto alone = connection_.ExtractStatements(own);
        statements.push_back(std::make_shared<Parsed>(std::move(alone[0]), own,
                                                      sql::character_at(whole, place) - 1));
        place += own.size();
      }
      return statements;
    });
  }

  StatusOr<std::unique_ptr<engine::PreparedStatement>> prepare(engine::ParsedStatementPtr statement,
                                                               data::Types declared) override {
    auto parsed = std::static_pointer_cast<const Parsed>(statement);
    if (state_ == TransactionState::kFailed && !ends_transaction(*parsed)) {
      return in_failed_transaction();
    }
    auto result = caught(parsed->text(), [&] { return prepare_thrown(parsed, declared); });
    if (!result.ok()) fail_transaction();
    return result;
  }

  Status execute(const engine::PreparedStatement& statement,
                 const std::vector<duckdb::Value>& parameters, engine::ResultSink& sink) override {
    const auto& prepared = static_cast<const Prepared&>(statement);
    if (state_ == TransactionState::kFailed && !ends_transaction(*prepared.parsed)) {
      return in_failed_transaction();
    }
    Status status =
        caught(prepared.parsed->text(), [&] { return execute_thrown(prepared, parameters, sink); });
    if (!status.ok()) fail_transaction();
    return status;
  }

  StatusOr<std::unique_ptr<engine::CopyWriter>> copy_in(
      const engine::PreparedStatement& statement) override {
    return caught({}, [&]() -> StatusOr<std::unique_ptr<engine::CopyWriter>> {
      return std::make_unique<Writer>(connection_, static_cast<const Prepared&>(statement));
    });
  }

  TransactionState transaction_state() const override { return state_; }
  void cancel() override { connection_.Interrupt(); }

 private:
  static bool ends_transaction(const Parsed& parsed) {
    return parsed.kind() == StatementKind::kCommit || parsed.kind() == StatementKind::kRollback;
  }
  void fail_transaction() {
    if (state_ == TransactionState::kOpen) state_ = TransactionState::kFailed;
  }

  StatusOr<std::unique_ptr<engine::PreparedStatement>> prepare_thrown(
      std::shared_ptr<const Parsed> parsed, const data::Types& declared) {
    auto prepared = std::make_unique<Prepared>();
    prepared->parsed = parsed;
    duckdb::unique_ptr<duckdb::SQLStatement> statement = parsed->statement->Copy();
    if (statement->type == duckdb::StatementType::COPY_STATEMENT) {
      RETURN_IF_ERROR(prepare_copy(statement->Cast<duckdb::CopyStatement>(), *prepared));
      return prepared;
    }
    prepared->duck = connection_.Prepare(std::move(statement));
    if (prepared->duck->HasError()) {
      return sql::status_of(prepared->duck->GetErrorObject(), parsed->text(), parsed->offset);
    }
    for (size_t i = 0; i < prepared->duck->GetParameterCount(); ++i) {
      duckdb::LogicalType type(LogicalTypeId::UNKNOWN);
      prepared->duck->TryGetParameterType(duckdb::Identifier(std::to_string(i + 1)), type);
      const bool is_declared = i < declared.size() && declared[i].id() != LogicalTypeId::UNKNOWN;
      prepared->types.push_back(is_declared ? declared[i] : type);
    }
    if (returns_rows(*prepared->duck)) set_columns(*prepared, *prepared->duck);
    return prepared;
  }

  template <typename Described>
  static void set_columns(Prepared& prepared, const Described& described) {
    for (size_t i = 0; i < described.GetTypes().size(); ++i) {
      prepared.result_columns.push_back(
          {described.GetNames()[i].GetIdentifierName(), described.GetTypes()[i]});
    }
  }

  Status prepare_copy(duckdb::CopyStatement& copy, Prepared& prepared) {
    const auto& info = *copy.info;
    std::string list;
    for (const auto& name : info.select_list) {
      list += (list.empty() ? "\"" : ", \"") + name.GetIdentifierName() + "\"";
    }
    prepared.copy_table = info.GetQualifiedName().ToString();
    prepared.copy_query =
        info.select_statement
            ? info.select_statement->ToString()
            : fmt::format("SELECT {} FROM {}", list.empty() ? "*" : list, prepared.copy_table);
    prepared.duck = connection_.Prepare(prepared.copy_query);
    if (prepared.duck->HasError()) return sql::status_of(prepared.duck->GetErrorObject());
    set_columns(prepared, *prepared.duck);
    return OkStatus();
  }

  Status execute_thrown(const Prepared& prepared, const std::vector<duckdb::Value>& parameters,
                        engine::ResultSink& sink) {
    if (state_ == TransactionState::kFailed) {
      connection_.Query("ROLLBACK");
      state_ = TransactionState::kIdle;
      sink.complete("ROLLBACK");
      return OkStatus();
    }
    duckdb::vector<duckdb::Value> values(parameters.begin(), parameters.end());
    auto handle = prepared.duck->Submit(values);
    if (handle->HasError()) return status_of(*handle, prepared);
    duckdb::QueryResultStream<> stream(std::move(handle));
    const bool has_rows = returns_rows(*prepared.duck);
    if (has_rows) {
      Prepared actual;
      set_columns(actual, stream);
      RETURN_IF_ERROR(sink.columns(actual.result_columns));
    }
    int64_t count = 0;
    while (auto chunk = stream.Fetch()) {
      if (chunk->size() == 0) continue;
      if (has_rows) {
        count += static_cast<int64_t>(chunk->size());
        RETURN_IF_ERROR(sink.rows(*chunk));
      } else if (chunk->ColumnCount() == 1 && chunk->data[0].GetType() == LogicalTypeId::BIGINT) {
        count += chunk->GetValue(0, 0).GetValue<int64_t>();
      }
    }
    if (stream.HasError()) return status_of(stream, prepared);
    if (prepared.parsed->kind() == StatementKind::kBegin) state_ = TransactionState::kOpen;
    if (ends_transaction(*prepared.parsed)) state_ = TransactionState::kIdle;
    sink.complete(tag_of(prepared, count));
    return OkStatus();
  }

  template <typename Result>
  static Status status_of(Result& result, const Prepared& prepared) {
    return sql::status_of(result.GetErrorObject(), prepared.parsed->text(),
                          prepared.parsed->offset);
  }

  duckdb::Connection connection_;
  TransactionState state_ = TransactionState::kIdle;
};

void register_extensions() {
  static std::once_flag once;
  std::call_once(once, [] {
    duckdb_register_static_extension(duckdb_extension_core_functions_describe);
    duckdb_register_static_extension(duckdb_extension_parquet_describe);
    duckdb_register_static_extension(duckdb_extension_json_describe);
    duckdb_register_static_extension(duckdb_extension_icu_describe);
  });
}

}  // namespace

TestDatabase::TestDatabase() {
  register_extensions();
  database_ = std::make_unique<duckdb::DuckDB>(nullptr);
  run("ATTACH ':memory:' AS kappadb");
  run("SET GLOBAL TimeZone='UTC'");
  run("CREATE SCHEMA kappadb.kappa");
  run("CREATE TABLE kappadb.kappa.relations(name VARCHAR, kind VARCHAR, definition VARCHAR)");
}

TestDatabase::~TestDatabase() = default;

std::unique_ptr<engine::Session> TestDatabase::connect() {
  return std::make_unique<Session>(*database_);
}

Status TestDatabase::make_catalog() {
  duckdb::Connection connection(*database_);
  auto result = connection.Query(serve::pg_catalog::bootstrap_sql());
  return result->HasError() ? sql::status_of(result->GetErrorObject()) : OkStatus();
}

void TestDatabase::run(const std::string& sql) {
  duckdb::Connection connection(*database_);
  auto result = connection.Query(sql);
  if (result->HasError()) check_failed(__FILE__, __LINE__, result->GetError());
}

}  // namespace kappa::testing
