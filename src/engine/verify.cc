#include "engine/verify.h"

#include <duckdb/main/connection.hpp>

#include "data/row_codec.h"
#include "engine/query_runner.h"
#include "engine/recompute.h"
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

// Counts the rows that one side has and the other has not.
Status compare_with_batch(sql::DatabaseConnection& connection, const Definition& view,
                          Verification& result) {
  for (const auto& [name, value] : view.settings) {
    if (name == "owns_topic") continue;
    connection.duck().Query("SET " + name + " = " + quote_literal(value));
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
  return run_query(connection, differing, {}, callbacks);
}

std::string sample_of(const TraceDifference& difference, const data::Types& types) {
  if (difference.count == 0) return {};
  data::RowCodec codec(types);
  duckdb::DataChunk row;
  row.Initialize(duckdb::Allocator::DefaultAllocator(),
                 duckdb::vector<duckdb::LogicalType>(types.begin(), types.end()));
  codec.decode({difference.first}, row);
  std::string text =
      difference.first_is_missing_in_a ? "the view has not:" : "the fresh replay has not:";
  for (size_t i = 0; i < row.ColumnCount(); i++)
    text += (i == 0 ? " " : " | ") + row.GetValue(i, 0).ToString();
  return text;
}

Status compare_with_replay(Core& core, const EngineSnapshotPtr& snapshot, const Definition& view,
                           const std::function<bool()>& is_cancelled, Verification& result) {
  ASSIGN_OR_RETURN(RelationState fresh, recompute_view(core, snapshot, view, is_cancelled));
  const RelationState& held = snapshot->states.at(view.id);
  TraceDifference rows = difference_of(held.contents, fresh.contents);
  TraceDifference errors = difference_of(held.errors, fresh.errors);
  result.differing = rows.count + errors.count;
  result.sample = sample_of(rows, view.types());
  if (rows.count == 0)
    result.sample = sample_of(errors, {duckdb::LogicalType::VARCHAR, duckdb::LogicalType::VARCHAR});
  return OkStatus();
}

}  // namespace

std::vector<ResultColumn> verify_columns() {
  const auto text = duckdb::LogicalType::VARCHAR;
  const auto number = duckdb::LogicalType::BIGINT;
  return {{"view", text},        {"frontier", text}, {"rows", number},
          {"differing", number}, {"sample", text},   {"against", text}};
}

StatusOr<Verification> verify_view(
    Core& core, EngineSnapshotPtr snapshot, const Definition& view,
    const std::function<void(sql::DatabaseConnection*)>& on_connection,
    const std::function<bool()>& is_cancelled) {
  auto connection = core.database().connect();
  connection->use_snapshot(snapshot);
  on_connection(connection.get());
  Verification result;
  result.view = view.name;
  result.frontier = core.frontier_text(*snapshot, view);
  result.against = "batch query";
  auto count = first_row(*connection, "SELECT count(*) FROM " + quote_identifier(view.name));
  Status status = count.status();
  if (status.ok()) {
    result.row_count = (*count)[0].GetValue<int64_t>();
    status = compare_with_batch(*connection, view, result);
  }
  on_connection(nullptr);
  if (status.ok()) return result;
  if (!count.ok() || is_cancelled()) return status;
  result.differing = 0;
  result.sample.clear();
  result.against =
      "fresh replay, because the batch query fails: " + std::string(message_of(status));
  RETURN_IF_ERROR(compare_with_replay(core, snapshot, view, is_cancelled, result));
  return result;
}

}  // namespace kappa::engine
