#include "engine/verify.h"

#include <atomic>
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
      difference.first_is_missing_in_a ? "the view has not:" : "the other side has not:";
  for (size_t i = 0; i < row.ColumnCount(); i++)
    text += (i == 0 ? " " : " | ") + row.GetValue(i, 0).ToString();
  return text;
}

void compare_states(const RelationState& held, const RelationState& fresh, const Definition& view,
                    Verification& result) {
  TraceDifference rows = difference_of(held.contents, fresh.contents);
  TraceDifference errors = difference_of(held.errors, fresh.errors);
  result.differing = rows.count + errors.count;
  result.sample = sample_of(rows, view.types());
  if (rows.count == 0)
    result.sample = sample_of(errors, {duckdb::LogicalType::VARCHAR, duckdb::LogicalType::VARCHAR});
}

// The first stream whose records the view was made from and that are gone; empty: none.
StatusOr<std::string> gone_history_of(Core& core, const EngineSnapshot& snapshot,
                                      const Definition& view) {
  for (int64_t id : view.upstream) {
    auto found = snapshot.relations_map->definitions.find(id);
    if (found == snapshot.relations_map->definitions.end() || !found->second->is_stream()) continue;
    ASSIGN_OR_RETURN(Partitions partitions, core.partitions(*found->second));
    for (size_t i = 0; i < partitions.size(); i++) {
      if (partitions[i]->log_start() > view.base.at(found->second->topic_id, i))
        return fmt::format("{}/{}@{}", found->second->topic, i, partitions[i]->log_start());
    }
  }
  return std::string();
}

StatusOr<Verification> verify_from_checkpoint(Core& core, EngineSnapshotPtr snapshot,
                                              const Definition& view, const std::string& gone,
                                              const std::function<bool()>& is_cancelled) {
  CheckpointStore* store = core.checkpointer().store();
  std::optional<Checkpoint> checkpoint;
  if (store != nullptr) {
    ASSIGN_OR_RETURN(checkpoint, store->load());
  }
  if (!checkpoint) checkpoint.emplace();  // which has nothing, and continue_view() says so
  const std::atomic<bool> is_never_cancelled{false};
  ASSIGN_OR_RETURN(snapshot, core.live().wait_for(checkpoint->frontier, is_never_cancelled));
  auto held = snapshot->states.find(view.id);
  if (held == snapshot->states.end()) return aborted("view was dropped meanwhile: {}", view.name);
  RETURN_IF_ERROR(held->second.failure);
  ASSIGN_OR_RETURN(RelationState fresh,
                   continue_view(core, *checkpoint, snapshot, view, is_cancelled));
  Verification result;
  result.view = view.name;
  result.frontier = core.frontier_text(*snapshot, view);
  for (flow::TraceCursor row(held->second.contents); row.is_valid(); row.next())
    result.row_count += row.entry().weight;
  EngineSnapshot start = *snapshot;
  start.frontier = checkpoint->frontier;
  result.against =
      fmt::format("its checkpoint at {} and the records since, because the log begins at {}",
                  core.frontier_text(start, view), gone);
  compare_states(held->second, fresh, view, result);
  return result;
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
  ASSIGN_OR_RETURN(const std::string gone, gone_history_of(core, *snapshot, view));
  if (!gone.empty()) return verify_from_checkpoint(core, snapshot, view, gone, is_cancelled);
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
  ASSIGN_OR_RETURN(RelationState fresh, recompute_view(core, snapshot, view, is_cancelled));
  compare_states(snapshot->states.at(view.id), fresh, view, result);
  return result;
}

}  // namespace kappa::engine
