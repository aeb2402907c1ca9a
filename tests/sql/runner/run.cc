#include "sql/runner/run.h"

#include <algorithm>
#include <charconv>
#include <regex>

#include "log/batch_builder.h"
#include "sql/error.h"
#include "sql/runner/database.h"

namespace kappa::sql_test {
namespace {

constexpr std::string_view kTombstone = "<tombstone>";

// What psql would print of an error: SQLSTATE, message, detail, hint, each on a line.
std::string error_text(const Status& status) {
  sql::SqlError error = sql::error_of(status);
  std::string text = fmt::format("ERROR {}: {}", error.sqlstate, error.message);
  if (!error.detail.empty()) text += "\nDETAIL: " + error.detail;
  if (!error.hint.empty()) text += "\nHINT: " + error.hint;
  if (error.position > 0) text += fmt::format("\nPOSITION: {}", error.position);
  return text;
}

std::string joined(const std::vector<std::string>& lines) {
  std::string text;
  for (const std::string& line : lines) text += line + "\n";
  return text;
}

StatusOr<int64_t> number_of(const std::string& text) {
  int64_t value = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) {
    return invalid_argument("not a number: {}", text);
  }
  return value;
}

// ingest TOPIC [partition N] [timestamp MS] [key K | keyed] [header NAME=VALUE]...
struct IngestOptions {
  std::string topic;
  int32_t partition = 0;
  int64_t timestamp_ms = 1'700'000'000'000;
  bool has_key = false;
  std::string key;
  bool is_keyed = false;  // each line is KEY, space, value
  std::vector<std::pair<std::string, std::string>> headers;
};

Status set_ingest_option(const std::string& name, const std::string& value, IngestOptions& out) {
  if (name == "key") {
    out.has_key = true;
    out.key = value;
    return OkStatus();
  }
  if (name == "header") {
    size_t equals = value.find('=');
    if (equals == std::string::npos) return invalid_argument("header without =: {}", value);
    out.headers.emplace_back(value.substr(0, equals), value.substr(equals + 1));
    return OkStatus();
  }
  ASSIGN_OR_RETURN(int64_t number, number_of(value));
  if (name == "partition") return out.partition = static_cast<int32_t>(number), OkStatus();
  if (name == "timestamp") return out.timestamp_ms = number, OkStatus();
  return invalid_argument("unknown option of ingest: {}", name);
}

StatusOr<IngestOptions> parse_ingest(const std::vector<std::string>& words) {
  IngestOptions options;
  options.topic = words[0];
  for (size_t i = 1; i < words.size();) {
    if (words[i] == "keyed") {
      options.is_keyed = true;
      ++i;
      continue;
    }
    if (i + 1 == words.size()) return invalid_argument("option without a value: {}", words[i]);
    RETURN_IF_ERROR(set_ingest_option(words[i], words[i + 1], options));
    i += 2;
  }
  return options;
}

// The lines of an ingest command as one record batch.
StatusOr<std::string> build_batch(const Command& command, const IngestOptions& options) {
  std::vector<log::RecordHeader> headers;
  for (const auto& [name, value] : options.headers) headers.push_back({name, value});
  log::BatchBuilder builder;
  for (const std::string& line : command.lines) {
    std::string_view value = line;
    std::optional<std::string_view> key;
    if (options.has_key) key = options.key;
    if (options.is_keyed) {
      size_t space = std::min(line.find(' '), line.size());
      key = value.substr(0, space);
      value.remove_prefix(std::min(space + 1, line.size()));
    }
    builder.add({.timestamp_ms = options.timestamp_ms,
                 .key = key,
                 .value = value == kTombstone ? std::nullopt : std::optional(value),
                 .headers = headers});
  }
  return std::move(builder).build();
}

class Run {
 public:
  Run(const std::vector<Command>& commands, Mode mode, Database& database)
      : commands_(commands), mode_(mode), database_(database) {}

  // Gives the command that failed and why; an empty text when none did.
  std::pair<int, std::string> run() {
    for (const Command& command : commands_) {
      std::string problem = run_command(command);
      if (!problem.empty()) return {command.line, problem};
    }
    if (!mode_.is_restarted) return {0, ""};
    return run_again_after_restart();
  }

 private:
  std::string run_command(const Command& command) {
    switch (command.kind) {
      case CommandKind::kStatementOk:
        return run_statement(command);
      case CommandKind::kStatementError:
        return run_refusal(command);
      case CommandKind::kQuery:
        return run_query(command);
      case CommandKind::kIngest:
        return problem_of(ingest(command));
      case CommandKind::kGrow:
        return problem_of(database_.grow(command.words[0], std::atoi(command.words[1].c_str())));
      case CommandKind::kStep:
        return mode_.is_restarted ? restart() : flush();
      case CommandKind::kRestart:
        return restart();
      case CommandKind::kVerify:
        return verify();
    }
    return "unknown command";
  }

  // The queries after the last change must answer the same when all was rebuilt from the log.
  std::pair<int, std::string> run_again_after_restart() {
    std::string problem = restart();
    if (!problem.empty()) return {commands_.back().line, "restart at the end: " + problem};
    auto is_change = [](const Command& command) {
      return command.kind == CommandKind::kStatementOk || command.kind == CommandKind::kIngest ||
             command.kind == CommandKind::kGrow;
    };
    auto last_change = std::find_if(commands_.rbegin(), commands_.rend(), is_change);
    for (auto command = last_change.base(); command != commands_.end(); ++command) {
      if (command->kind != CommandKind::kQuery) continue;
      problem = run_query(*command);
      if (!problem.empty()) return {command->line, "after a restart at the end: " + problem};
    }
    return {0, ""};
  }

  static std::string problem_of(const Status& status) {
    return status.ok() ? "" : error_text(status);
  }

  std::string run_statement(const Command& command) {
    auto result = database_.run(command.sql);
    if (!result.ok()) return command.sql + error_text(result.status());
    return verify();
  }

  std::string run_refusal(const Command& command) {
    auto result = database_.run(command.sql);
    if (result.ok()) return "expected an error, but it succeeded: " + command.sql;
    std::string text = error_text(result.status());
    if (std::regex_search(text, std::regex(command.argument, std::regex::ECMAScript))) {
      return verify();
    }
    return fmt::format("expected an error that matches: {}\ngot: {}", command.argument, text);
  }

  std::string run_query(const Command& command) {
    auto result = database_.run(command.sql);
    if (!result.ok()) return command.sql + error_text(result.status());
    if (result->types != command.words[0]) {
      return fmt::format("expected columns {}, got {}", command.words[0], result->types);
    }
    std::vector<std::string> expected = command.expected;
    bool is_sorted = command.words.size() > 1 && command.words[1] == "rowsort";
    if (is_sorted) {
      std::sort(expected.begin(), expected.end());
      std::sort(result->rows.begin(), result->rows.end());
    }
    if (result->rows == expected) return "";
    return fmt::format("{}expected:\n{}got:\n{}", command.sql, joined(expected),
                       joined(result->rows));
  }

  Status ingest(const Command& command) {
    ASSIGN_OR_RETURN(IngestOptions options, parse_ingest(command.words));
    ASSIGN_OR_RETURN(std::string batch, build_batch(command, options));
    return database_.append(options.topic, options.partition, std::move(batch));
  }

  std::string flush() {
    auto flushed = database_.run("FLUSH");
    return flushed.ok() ? verify() : "FLUSH: " + error_text(flushed.status());
  }

  std::string restart() {
    Status restarted = database_.restart();
    return restarted.ok() ? verify() : error_text(restarted);
  }

  // Columns: view, frontier, rows, differing, sample, against.
  std::string verify() {
    auto result = database_.run("VERIFY");
    if (!result.ok()) return "VERIFY: " + error_text(result.status());
    std::string problem;
    for (const std::string& row : result->rows) {
      std::vector<std::string> values = split(row);
      if (values.size() < 6) return "VERIFY gave a row of another form: " + row;
      if (values[3] != "0") problem += "differs: " + row + "\n";
    }
    return problem;
  }

  static std::vector<std::string> split(const std::string& row) {
    std::vector<std::string> values(1);
    for (char c : row) {
      if (c == '\t') {
        values.emplace_back();
      } else {
        values.back() += c;
      }
    }
    return values;
  }

  const std::vector<Command>& commands_;
  Mode mode_;
  Database& database_;
};

}  // namespace

std::string run_script(const std::string& path, const std::vector<Command>& commands, Mode mode) {
  auto database = Database::open(mode.worker_count, mode.has_checkpoints);
  if (!database.ok())
    return fmt::format("{}: cannot start: {}", path, database.status().ToString());
  auto [line, problem] = Run(commands, mode, **database).run();
  return problem.empty() ? "" : fmt::format("{}:{}: {}", path, line, problem);
}

}  // namespace kappa::sql_test
