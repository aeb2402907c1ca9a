#include "engine/verify.h"

#include <duckdb/main/connection.hpp>

#include "engine/query_runner.h"
#include "engine/sql_text.h"

namespace kappa::engine {
namespace {

// Sums of doubles depend on the order of adding in their last digits, in DuckDB's batch as well:
// such columns are compared to 9 significant digits. 0 and -0 are equal, as in SQL.
std::string comparable(const sql::Column& column) {
  std::string name = quote_identifier(column.name);
  bool is_float = column.type.id() == duckdb::LogicalTypeId::DOUBLE ||
                  column.type.id() == duckdb::LogicalTypeId::FLOAT;
  if (!is_float) return name;
  return fmt::format(
      "CASE WHEN {0} = 0 THEN '0' WHEN isfinite({0}) THEN printf('%.8e', {0}::DOUBLE) "
      "ELSE {0}::VARCHAR END AS {0}",
      name);
}

struct Sides {
  std::string view;
  std::string batch;
};

Sides sides_of(const Definition& view) {
  std::string names, compared;
  for (const sql::Column& column : view.columns) {
    names += (names.empty() ? "" : ", ") + quote_identifier(column.name);
    compared += (compared.empty() ? "" : ", ") + comparable(column);
  }
  return {fmt::format("SELECT {} FROM {}", compared, quote_identifier(view.name)),
          fmt::format("SELECT {} FROM ({}\n) AS kappa_batch({})", compared, view.query, names)};
}

}  // namespace

StatusOr<Verification> verify_view(
    Core& core, EngineSnapshotPtr snapshot, const Definition& view,
    const std::function<void(sql::DatabaseConnection*)>& on_connection) {
  auto connection = core.database().connect();
  connection->use_snapshot(snapshot);
  on_connection(connection.get());
  Verification result;
  result.view = view.name;
  result.frontier = core.frontier_text(*snapshot, view);
  ASSIGN_OR_RETURN(auto count,
                   first_row(*connection, "SELECT count(*) FROM " + quote_identifier(view.name)));
  result.row_count = count[0].GetValue<int64_t>();
  for (const auto& [name, value] : view.settings) {
    if (name == "owns_topic") continue;
    connection->duck().Query("SET " + name + " = " + quote_literal(value));
  }
  Sides sides = sides_of(view);
  std::string differing = fmt::format(
      "SELECT 'the batch query has not' AS what, * FROM (({0}) EXCEPT ALL ({1})) UNION ALL "
      "SELECT 'the view has not' AS what, * FROM (({1}) EXCEPT ALL ({0}))",
      sides.view, sides.batch);
  QueryCallbacks callbacks;
  callbacks.rows = [&](duckdb::DataChunk& chunk) {
    result.differing += chunk.size();
    if (!result.sample.empty() || chunk.size() == 0) return OkStatus();
    result.sample = chunk.GetValue(0, 0).ToString() + ":";
    for (size_t i = 1; i < chunk.ColumnCount(); i++)
      result.sample += (i == 1 ? " " : " | ") + chunk.GetValue(i, 0).ToString();
    return OkStatus();
  };
  Status status = run_query(*connection, differing, {}, callbacks);
  on_connection(nullptr);
  if (status.ok()) return result;
  if (absl::IsCancelled(status)) return status;
  result.differing = -1;
  result.sample = "the batch query fails: " + std::string(message_of(status));
  return result;
}

}  // namespace kappa::engine
