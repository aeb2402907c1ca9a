// CREATE, DROP, SHOW, EXPLAIN MATERIALIZED VIEW, VERIFY and FLUSH of a session.

#include <duckdb/main/connection.hpp>

#include "engine/session_impl.h"
#include "engine/verify.h"
#include "sql/duckdb_error.h"
#include "sql/error.h"

namespace kappa::engine {
namespace {

using duckdb::LogicalType;
using duckdb::Value;

Status send_rows(const std::vector<ResultColumn>& columns,
                 const std::vector<std::vector<Value>>& rows, ResultSink& sink) {
  RETURN_IF_ERROR(sink.columns(columns));
  duckdb::vector<LogicalType> types;
  for (const ResultColumn& column : columns) types.push_back(column.type);
  for (const std::vector<Value>& row : rows) {
    duckdb::DataChunk chunk;
    chunk.Initialize(duckdb::Allocator::DefaultAllocator(), types);
    for (size_t i = 0; i < row.size(); i++) chunk.data[i].Append(row[i]);
    chunk.SetCardinalityUnsafe(1);
    RETURN_IF_ERROR(sink.rows(chunk));
  }
  return OkStatus();
}

std::string text_of(const flow::OperatorStatistics& one) {
  std::string line(2 * one.depth, ' ');
  line += one.name;
  if (!one.detail.empty()) line += " " + one.detail;
  line += fmt::format("  (rows in={} out={}", one.rows_in, one.rows_out);
  if (one.state_rows > 0 || one.state_bytes > 0)
    line += fmt::format(", state rows={} bytes={}, {}", one.state_rows, one.state_bytes,
                        one.is_bounded ? "bounded" : "unbounded: no watermark");
  return line + ")";
}

}  // namespace

Status SessionImpl::run_create(const sql::Statement& statement, ResultSink& sink) {
  RETURN_IF_ERROR(refuse_in_transaction("CREATE"));
  if (auto* view = std::get_if<sql::CreateView>(&statement.body)) {
    Status status = run_create_view(*view, statement.text, sink);
    sql::SqlError error = sql::error_of(status);
    // The query was planned alone; its positions become those of the whole text.
    if (status.ok() || error.position == 0) return status;
    error.position +=
        sql::character_at(*statement.whole, statement.offset + view->query_offset) - 1;
    return sql::make_error(error);
  }
  bool is_new = true;
  std::string name;
  if (auto* source = std::get_if<sql::CreateSource>(&statement.body)) {
    name = source->name;
    RETURN_IF_ERROR(core_.create_source(*source, statement.text, is_new));
  } else {
    const auto& table = std::get<sql::CreateTable>(statement.body);
    name = table.name;
    RETURN_IF_ERROR(core_.create_table(table, statement.text, is_new));
  }
  if (!is_new) sink.notice("NOTICE", fmt::format("relation \"{}\" already exists, skipping", name));
  bool is_source = std::holds_alternative<sql::CreateSource>(statement.body);
  sink.complete(is_source ? "CREATE SOURCE" : "CREATE TABLE");
  return OkStatus();
}

Status SessionImpl::run_create_view(const sql::CreateView& body, const std::string& text,
                                    ResultSink& sink) {
  // What the session wrote before belongs to the history that the view is made from.
  RETURN_IF_ERROR(core_.live().wait_for(written_, is_cancelled_).status());
  std::vector<std::string> missing;
  ASSIGN_OR_RETURN(auto replay,
                   core_.create_view(body, text, variables_.query_settings(), missing));
  for (const std::string& what : missing) sink.notice("NOTICE", what);
  if (!replay) {
    sink.notice("NOTICE", fmt::format("relation \"{}\" already exists, skipping", body.name));
  } else if (variables_.is_on("background_ddl")) {
    sink.notice("NOTICE", "the view is being made in the background: see kappa.replays");
  } else {
    RETURN_IF_ERROR(wait_for_replay(*replay, sink));
  }
  sink.complete("CREATE MATERIALIZED VIEW");
  return OkStatus();
}

Status SessionImpl::wait_for_replay(Replay& replay, ResultSink& sink) {
  // Short turns, so that a cancel is heard soon; a notice each second.
  int turns = 0;
  while (!replay.wait(absl::Milliseconds(50))) {
    if (is_cancelled_) replay.cancel();
    if (++turns % 20 == 0) sink.notice("NOTICE", replay.progress().text());
  }
  Status status = replay.status();
  if (absl::IsCancelled(status))
    return sql::make_error({"57014", "canceling statement due to user request"});
  return status;
}

Status SessionImpl::run_drop(const sql::Drop& body, ResultSink& sink) {
  RETURN_IF_ERROR(refuse_in_transaction("DROP"));
  std::vector<std::string> notices;
  RETURN_IF_ERROR(core_.drop(body, notices));
  for (const std::string& notice : notices) sink.notice("NOTICE", notice);
  sink.complete(body.kind == sql::DropKind::kSource  ? "DROP SOURCE"
                : body.kind == sql::DropKind::kTable ? "DROP TABLE"
                                                     : "DROP MATERIALIZED VIEW");
  return OkStatus();
}

StatusOr<std::string> show_query(const sql::Show& body) {
  if (body.what == "sources")
    return "SELECT name, topic FROM kappa.relations WHERE kind = 'source' ORDER BY name";
  if (body.what == "tables")
    return "SELECT name, topic FROM kappa.relations WHERE kind = 'table' ORDER BY name";
  if (body.what == "materialized views")
    return "SELECT name, version, frontier FROM kappa.views ORDER BY name";
  if (body.what == "topics")
    return "SELECT name, partitions, records FROM kappa.topics WHERE name NOT LIKE "
           "'\\_\\_kappa%' ESCAPE '\\' ORDER BY name";
  if (body.what == "replays") return "SELECT * FROM kappa.replays";
  return sql::make_error({"0A000", "sinks are not supported yet"});
}

Status SessionImpl::run_show(const sql::Show& body, ResultSink& sink) {
  ASSIGN_OR_RETURN(std::string query, show_query(body));
  return run_sql(query, {}, sink, "SHOW");
}

Status SessionImpl::run_explain_view(const sql::ExplainView& body, ResultSink& sink) {
  ASSIGN_OR_RETURN(EngineSnapshotPtr snapshot, begin_reading());
  DefinitionPtr view = snapshot->definition(body.name);
  if (!view || view->kind != DefinitionKind::kView)
    return sql::make_error(
        {"42P01", fmt::format("materialized view \"{}\" does not exist", body.name)});
  std::vector<flow::OperatorStatistics> operators;
  RETURN_IF_ERROR(core_.live().run([&](Live::State& state) -> Status {
    ViewNode* node = state.pipeline.view(view->id);
    if (node == nullptr) return aborted("the view was replaced meanwhile");
    operators = node->circuit().statistics();
    return OkStatus();
  }));
  std::vector<std::vector<Value>> rows;
  rows.push_back({Value(fmt::format("{} version {} at {}", view->name, view->version,
                                    core_.frontier_text(*snapshot, *view)))});
  for (const flow::OperatorStatistics& one : operators) rows.push_back({Value(text_of(one))});
  RETURN_IF_ERROR(send_rows({{"plan", LogicalType::VARCHAR}}, rows, sink));
  sink.complete("EXPLAIN");
  return OkStatus();
}

Status SessionImpl::run_verify(const sql::Verify& body, ResultSink& sink) {
  ASSIGN_OR_RETURN(EngineSnapshotPtr snapshot, begin_reading());
  std::vector<DefinitionPtr> views;
  for (const std::string& name : body.names) {
    DefinitionPtr view = snapshot->definition(name);
    if (!view || view->kind != DefinitionKind::kView)
      return sql::make_error(
          {"42P01", fmt::format("materialized view \"{}\" does not exist", name)});
    views.push_back(view);
  }
  for (const auto& [id, definition] : snapshot->relations_map->definitions)
    if (body.names.empty() && definition->kind == DefinitionKind::kView)
      views.push_back(definition);
  std::vector<std::vector<Value>> rows;
  auto on_connection = [this](sql::DatabaseConnection* connection) {
    absl::MutexLock lock(&other_mutex_);
    other_connection_ = connection;
  };
  for (const DefinitionPtr& view : views) {
    if (is_cancelled_) return sql::make_error({"57014", "canceling statement due to user request"});
    ASSIGN_OR_RETURN(Verification one, verify_view(core_, snapshot, *view, on_connection,
                                                   [this] { return is_cancelled_.load(); }));
    rows.push_back({Value(one.view), Value(one.frontier), Value::BIGINT(one.row_count),
                    Value::BIGINT(one.differing),
                    one.sample.empty() ? Value(LogicalType::VARCHAR) : Value(one.sample),
                    Value(one.against)});
  }
  RETURN_IF_ERROR(send_rows(verify_columns(), rows, sink));
  sink.complete(fmt::format("VERIFY {}", rows.size()));
  return OkStatus();
}

Status SessionImpl::run_flush(ResultSink& sink) {
  RETURN_IF_ERROR(core_.live().wait_for(core_.log_end(), is_cancelled_).status());
  sink.complete("FLUSH");
  return OkStatus();
}

}  // namespace kappa::engine
