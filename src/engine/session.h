#pragma once
// One SQL conversation: what the PostgreSQL wire, the HTTP API and the command line speak to.
// A session has its settings, its transaction and its own writes to read. Results come as DuckDB
// chunks into a ResultSink.
//
// Threads: confined to one thread at a time, and calls may block for long; cancel() alone is
// thread-safe.

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "data/delta.h"
#include "sql/error.h"

namespace kappa::engine {

struct ResultColumn {
  std::string name;
  duckdb::LogicalType type;
};

// Where a statement's results go. A returned error stops the statement (a client that left).
class ResultSink {
 public:
  virtual ~ResultSink() = default;
  // Once, before any rows, for statements that return rows.
  virtual Status columns(const std::vector<ResultColumn>& columns) = 0;
  virtual Status rows(duckdb::DataChunk& chunk) = 0;
  // At any time, also while a long statement works: severity is NOTICE, WARNING or INFO.
  virtual void notice(std::string_view severity, std::string_view message) = 0;
  // Once, at success: the PostgreSQL command tag, "INSERT 0 3", "SELECT 10", "CREATE MATERIALIZED
  // VIEW".
  virtual void complete(std::string_view tag) = 0;
};

enum class StatementKind {
  kOther,
  kBegin,
  kCommit,
  kRollback,
  kCopyIn,   // COPY t FROM STDIN
  kCopyOut,  // COPY … TO STDOUT: rows() chunks are to be formatted by the caller
};

enum class TransactionState { kIdle, kOpen, kFailed };  // as in PostgreSQL's ReadyForQuery: I, T, E

struct CopyOptions {
  bool is_csv = false;  // else PostgreSQL's text format
  bool has_header = false;
  char delimiter = '\t';
  char quote = '"';
  char escape = '"';
  std::string null_text = "\\N";
};

// One statement of a text. Immutable.
class ParsedStatement {
 public:
  virtual ~ParsedStatement() = default;
  virtual StatementKind kind() const = 0;
  virtual const std::string& text() const = 0;
  // For kCopyIn and kCopyOut.
  virtual const CopyOptions& copy_options() const = 0;
};
using ParsedStatementPtr = std::shared_ptr<const ParsedStatement>;

// A statement ready to run, again and again with other values.
class PreparedStatement {
 public:
  virtual ~PreparedStatement() = default;
  virtual const ParsedStatement& statement() const = 0;
  virtual const data::Types& parameter_types() const = 0;
  // Empty for statements without rows. For kCopyIn: the columns to be filled.
  virtual const std::vector<ResultColumn>& columns() const = 0;
};

// Rows that a COPY FROM STDIN takes in; nothing is stored before finish().
class CopyWriter {
 public:
  virtual ~CopyWriter() = default;
  // Rows as text, one value per column of columns(); nullopt-like NULLs are nullptr. The values are
  // cast by DuckDB's own casts, many rows at a time: an error may be about an earlier row, and says
  // in SqlError::where which: "COPY, line 3, column id". `line` is the row's in the client's data.
  virtual Status row(const std::vector<const std::string*>& values, int64_t line) = 0;
  // All rows become durable and visible together. Gives their number.
  virtual StatusOr<int64_t> finish(ResultSink& sink) = 0;
};

class Session {
 public:
  virtual ~Session() = default;

  // All statements of a text; an empty text gives none. Errors carry SQLSTATE and position
  // (sql::error_of).
  virtual StatusOr<std::vector<ParsedStatementPtr>> parse(std::string_view text) = 0;

  // `parameter_types`: the client's, LogicalTypeId::UNKNOWN or absent where it leaves them open.
  virtual StatusOr<std::unique_ptr<PreparedStatement>> prepare(ParsedStatementPtr statement,
                                                               data::Types parameter_types) = 0;

  // Runs it. `parameters` are of the parameter types (or castable). For kCopyOut columns() and
  // rows() are called as for a query. In a failed transaction everything but ROLLBACK and COMMIT
  // (which rolls back) is refused with 25P02.
  virtual Status execute(const PreparedStatement& statement,
                         const std::vector<duckdb::Value>& parameters, ResultSink& sink) = 0;

  virtual StatusOr<std::unique_ptr<CopyWriter>> copy_in(const PreparedStatement& statement) = 0;

  virtual TransactionState transaction_state() const = 0;

  // Ends whatever statement runs now, soon, with 57014; a CREATE VIEW is dropped.
  virtual void cancel() = 0;
};

}  // namespace kappa::engine
