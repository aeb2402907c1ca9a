#include "sql/random/execution.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/check.h"
#include "sql/error.h"

namespace kappa::random_sql {
namespace {

// Larger answers take the time of many small ones.
constexpr size_t kRowsMax = 20'000;

std::string text_of(const Status& status) {
  sql::SqlError error = sql::error_of(status);
  return fmt::format("{}: {}", error.sqlstate, error.message);
}

// 2BP01: a view that reads a replaced one would not work.
bool is_refusal(const Status& status) {
  const std::string state = sql::error_of(status).sqlstate;
  return state == "0A000" || state == "2BP01";
}
bool is_internal(const Status& status) { return sql::error_of(status).sqlstate.starts_with("XX"); }

// Names and numbers of one query left out, so that equal refusals are counted together.
std::string general(const std::string& message) {
  return message.substr(0, std::min(message.find(':', 6), message.size()));
}

std::string difference(const std::vector<std::string>& ours,
                       const std::vector<std::string>& right) {
  std::vector<std::string> extra, missing;
  std::set_difference(ours.begin(), ours.end(), right.begin(), right.end(),
                      std::back_inserter(extra));
  std::set_difference(right.begin(), right.end(), ours.begin(), ours.end(),
                      std::back_inserter(missing));
  std::string text = fmt::format("{} rows, DuckDB has {}\n", ours.size(), right.size());
  for (size_t i = 0; i < std::min<size_t>(5, extra.size()); ++i) text += "  + " + extra[i] + "\n";
  for (size_t i = 0; i < std::min<size_t>(5, missing.size()); ++i) {
    text += "  - " + missing[i] + "\n";
  }
  return text;
}

// Variances and the like depend on the order of the rows in their last digits, in DuckDB as well.
std::string rounded(const std::string& row) {
  std::string out;
  for (size_t at = 0; at <= row.size();) {
    const size_t end = std::min(row.find('\t', at), row.size());
    const std::string value = row.substr(at, end - at);
    char* rest = nullptr;
    const double number = std::strtod(value.c_str(), &rest);
    const bool is_float = value.find_first_of(".e") != std::string::npos && *rest == 0;
    out += (at > 0 ? "\t" : "") + (is_float ? fmt::format("{:.9g}", number) : value);
    at = end + 1;
  }
  return out;
}

bool are_nearly_equal(std::vector<std::string> ours, std::vector<std::string> right) {
  for (auto* rows : {&ours, &right}) {
    for (std::string& row : *rows) row = rounded(row);
    std::sort(rows->begin(), rows->end());
  }
  return ours == right;
}

}  // namespace

std::string to_text(const Action& action) {
  switch (action.kind) {
    case ActionKind::kRestart:
    case ActionKind::kKill:
      return "restart\n\n";
    case ActionKind::kVerify:
      return "verify\n\n";
    default:
      return "statement ok\n" + action.sql + "\n\n";
  }
}

Execution::Execution(size_t worker_count, Counts& counts) : counts_(counts) {
  auto database = sql_test::Database::open(worker_count, true);
  KAPPA_CHECK(database.ok());
  database_ = *std::move(database);
  oracle_ = std::make_unique<Oracle>();
}

std::string Execution::apply(const Action& action) {
  std::string finding;
  switch (action.kind) {
    case ActionKind::kStatement:
      finding = change(action);
      break;
    case ActionKind::kCreateView:
      finding = create_view(action);
      break;
    case ActionKind::kDropView:
      finding = drop_view(action);
      break;
    case ActionKind::kQuery:
      return compare_query(action.sql, "query");
    case ActionKind::kRestart:
    case ActionKind::kKill: {
      ++counts_.restarts;
      Status restarted =
          action.kind == ActionKind::kKill ? database_->kill() : database_->restart();
      if (!restarted.ok()) return "restart: " + restarted.ToString();
      break;
    }
    case ActionKind::kVerify:
      return verify();
  }
  return finding.empty() && !has_diverged_ ? compare_all() : finding;
}

std::string Execution::change(const Action& action) {
  ++counts_.statements;
  const std::string error = oracle_->run_all(action.meaning);
  auto result = database_->run(action.sql);
  if (!result.ok()) {
    ++counts_.failed_statements;
    if (is_internal(result.status())) return "internal error: " + text_of(result.status());
    const bool was_transaction = action.sql.starts_with("BEGIN");
    if (was_transaction) database_->run("ROLLBACK").IgnoreError();
    if (is_refusal(result.status())) {
      ++counts_.refusals[general(text_of(result.status()))];
      if (error.empty() && !action.sql.starts_with("CREATE")) {
        return "refused, and the oracle went on: " + text_of(result.status());
      }
      return "";
    }
    // What is rolled back has no meaning that could fail.
    const bool agree = !error.empty() || action.meaning.empty();
    return agree ? "" : "fails, and DuckDB does not: " + text_of(result.status());
  }
  if (!error.empty()) {
    // It reads views that leave out rows that fail; DuckDB stops at them, and the sides part.
    has_diverged_ = has_failing_rows();
    return has_diverged_ ? "" : "succeeds, and DuckDB fails: " + error;
  }
  if (action.sql.starts_with("CREATE TABLE ")) {
    relations_.insert(action.sql.substr(13, action.sql.find(' ', 13) - 13));
  }
  return "";
}

std::string Execution::create_view(const Action& action) {
  ++counts_.views;
  auto result = database_->run(action.sql);
  if (result.ok()) {
    return create_plain_view(action);
  }
  if (is_refusal(result.status())) {
    ++counts_.refusals[general(text_of(result.status()))];
    return "";
  }
  // The batch query may fail for constants alone, where the binder folds them.
  const Answer answer = oracle_->run(action.meaning[0]);
  if (answer.error.empty() || is_internal(result.status())) {
    return "fails, and DuckDB does not: " + text_of(result.status());
  }
  return "";
}

std::string Execution::create_plain_view(const Action& action) {
  const auto make = [&](const Action& view) {
    return oracle_->run_all(
        {fmt::format("CREATE OR REPLACE VIEW {} AS {}", view.name, view.meaning[0])});
  };
  const std::string error = make(action);
  if (!error.empty()) return "succeeds, and DuckDB fails: " + error;
  auto known = std::find_if(views_.begin(), views_.end(),
                            [&](const Action& view) { return view.name == action.name; });
  if (known == views_.end()) {
    views_.push_back(action);
  } else {
    *known = action;
    // DuckDB's views keep the types that they were made with: those above are made again.
    for (const Action& view : views_) make(view);
  }
  relations_.insert(action.name);
  return "";
}

std::string Execution::drop_view(const Action& action) {
  auto result = database_->run(action.sql);
  if (!result.ok()) {
    // Another view reads it.
    return is_internal(result.status()) ? "internal error: " + text_of(result.status()) : "";
  }
  oracle_->run_all({"DROP VIEW IF EXISTS " + action.name});
  relations_.erase(action.name);
  std::erase_if(views_, [&](const Action& view) { return view.name == action.name; });
  return "";
}

std::string Execution::compare_query(const std::string& sql, const std::string& what) {
  Answer right = oracle_->run(sql);
  auto ours = database_->run(sql);
  if (!right.error.empty()) {
    ++counts_.incomparable;
    if (!ours.ok() && is_internal(ours.status()) && !right.is_internal_error) {
      return "internal error: " + text_of(ours.status());
    }
    return "";
  }
  if (!ours.ok()) return what + " fails, and DuckDB does not: " + text_of(ours.status());
  ++counts_.comparisons;
  counts_.rows += static_cast<int64_t>(right.rows.size());
  if (ours->type_names != right.types) {
    return fmt::format("{}: types differ: {} instead of {}", what,
                       fmt::join(ours->type_names, ", "), fmt::join(right.types, ", "));
  }
  normalise(ours->rows);
  if (ours->rows == right.rows) return "";
  const bool has_floats = std::any_of(right.types.begin(), right.types.end(), [](const auto& type) {
    return type == "DOUBLE" || type == "FLOAT";
  });
  if (has_floats && are_nearly_equal(ours->rows, right.rows)) {
    ++counts_.nearly_equal;
    return "";
  }
  if (has_failing_rows()) {
    ++counts_.failing_rows;
    return "";
  }
  return fmt::format("{} differs: {}", what, difference(ours->rows, right.rows));
}

// A view leaves out rows that fail. A batch stops at them, but for those that its plan does not
// come to: both may be right, and differ.
bool Execution::has_failing_rows() {
  for (const Action& view : views_) {
    auto failing = database_->run(fmt::format("SELECT count(*) > 0 FROM \"{}$errors\"", view.name));
    if (failing.ok() && failing->rows == std::vector<std::string>{"true"}) return true;
  }
  return false;
}

std::string Execution::compare_all() {
  incomparable_.clear();
  for (const std::string& name : relations_) {
    const int64_t before = counts_.incomparable;
    std::string finding = compare_query("SELECT * FROM " + name, name);
    if (counts_.incomparable > before) incomparable_.insert(name);
    if (!finding.empty()) return finding;
  }
  return "";
}

// Columns: view, frontier, rows, differing, sample.
std::string Execution::verify() {
  auto result = database_->run("VERIFY");
  if (!result.ok()) return "VERIFY fails: " + text_of(result.status());
  for (const std::string& row : result->rows) {
    std::vector<std::string> values(1);
    for (char c : row) {
      if (c == '\t') {
        values.emplace_back();
      } else {
        values.back() += c;
      }
    }
    // NULL: the batch fails, for which the oracle has the last word.
    if (values[3] == "0" || values[3] == "NULL" || incomparable_.count(values[0])) continue;
    return "VERIFY: " + row;
  }
  return "";
}

}  // namespace kappa::random_sql
