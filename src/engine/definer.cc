#include "engine/definer.h"

#include <charconv>
#include <duckdb/common/error_data.hpp>
#include <duckdb/main/connection.hpp>
#include <duckdb/main/prepared_statement.hpp>
#include <duckdb/main/query_result.hpp>
#include <set>

#include "base/ascii.h"
#include "data/json_decoder.h"
#include "engine/history.h"
#include "engine/relations.h"
#include "engine/sql_text.h"
#include "sql/duckdb_error.h"
#include "sql/error.h"

namespace kappa::engine {
namespace {

constexpr int64_t kPartitionsMax = 10'000;

Status refuse(const char* sqlstate, std::string message, std::string hint = "") {
  return sql::make_error({sqlstate, std::move(message), "", std::move(hint)});
}

StatusOr<duckdb::LogicalType> bind_type(duckdb::Connection& connection,
                                        const sql::ColumnDefinition& column) {
  auto prepared = connection.Prepare("SELECT CAST(NULL AS " + column.type + ")");
  if (prepared->HasError())
    return refuse("42704", fmt::format("column \"{}\": {}", column.name,
                                       message_of(sql::status_of(prepared->GetErrorObject()))));
  return prepared->GetTypes()[0];
}

Status add_columns(sql::Database& database, const std::vector<sql::ColumnDefinition>& columns,
                   Definition& definition) {
  auto connection = database.connect();
  std::set<std::string> names;
  for (const sql::ColumnDefinition& column : columns) {
    if (!names.insert(to_lower(column.name)).second)
      return refuse("42701", fmt::format("column \"{}\" specified more than once", column.name));
    ASSIGN_OR_RETURN(duckdb::LogicalType type, bind_type(connection->duck(), column));
    if (column.is_key) definition.key_columns.push_back(definition.columns.size());
    definition.columns.push_back({column.name, type, column.is_not_null});
    definition.record_columns.push_back({column.name, type, column.is_not_null});
    definition.defaults.push_back(column.default_expression);
  }
  if (definition.columns.empty())
    return refuse("0A000", "inferring columns from the records is not supported yet",
                  "list the columns: CREATE SOURCE name (column type, …)");
  return OkStatus();
}

// Tells at once, and not at the first record, that a type has no JSON form.
Status check_decodable(const Definition& definition) {
  std::vector<size_t> all;
  for (size_t i = 0; i < definition.columns.size(); i++) all.push_back(i);
  auto decoder = make_decoder(definition, all);
  if (!decoder.ok()) return refuse("0A000", std::string(message_of(decoder.status())));
  return OkStatus();
}

Status check_options(const sql::Options& options, const std::set<std::string>& known) {
  for (const auto& [name, value] : options) {
    if (known.count(name)) continue;
    return refuse("22023", fmt::format("unknown option \"{}\"", name),
                  fmt::format("known options: {}", fmt::join(known, ", ")));
  }
  return OkStatus();
}

std::string option(const sql::Options& options, const std::string& name, std::string otherwise) {
  auto found = options.find(name);
  return found == options.end() ? otherwise : found->second;
}

Status add_included(const sql::CreateSource& statement, Definition& definition) {
  static const std::map<std::string, std::pair<data::ColumnOrigin, duckdb::LogicalType>> kKinds = {
      {"key", {data::ColumnOrigin::kKey, duckdb::LogicalType::VARCHAR}},
      {"partition", {data::ColumnOrigin::kPartition, duckdb::LogicalType::INTEGER}},
      {"offset", {data::ColumnOrigin::kOffset, duckdb::LogicalType::BIGINT}},
      {"timestamp", {data::ColumnOrigin::kTimestamp, duckdb::LogicalType::TIMESTAMP}},
      {"headers",
       {data::ColumnOrigin::kHeaders,
        duckdb::LogicalType::MAP(duckdb::LogicalType::VARCHAR, duckdb::LogicalType::BLOB)}}};
  for (const sql::IncludedColumn& included : statement.included) {
    const auto& [origin, type] = kKinds.at(included.what);
    for (const sql::Column& column : definition.columns)
      if (to_lower(column.name) == to_lower(included.name))
        return refuse("42701", fmt::format("column \"{}\" specified more than once", included.name),
                      fmt::format("INCLUDE {} AS another_name", included.what));
    definition.columns.push_back({included.name, type, false});
    definition.record_columns.push_back({included.name, type, false, origin});
    definition.defaults.emplace_back();
  }
  return OkStatus();
}

std::vector<ViewInput> resolve_inputs(const RelationMap& relations,
                                      const std::vector<sql::PlanInput>& planned, Status& status) {
  std::vector<ViewInput> inputs;
  for (const sql::PlanInput& input : planned) {
    auto found = relations.by_name.find(to_lower(input.relation));
    if (found == relations.by_name.end()) {
      status = refuse("0A000", fmt::format("a view cannot read \"{}\"", input.relation),
                      "views read sources, tables and views");
      return {};
    }
    inputs.push_back({found->second->id, input.columns});
  }
  return inputs;
}

Status name_columns(const sql::CreateView& statement, const sql::PlannedView& planned,
                    Definition& definition) {
  if (statement.columns.size() > planned.names.size())
    return refuse("42601",
                  fmt::format("CREATE MATERIALIZED VIEW names {} columns, its query has {}",
                              statement.columns.size(), planned.names.size()));
  duckdb::vector<std::string> own_names(planned.names.begin(), planned.names.end());
  // id, id_1: as in DuckDB's CREATE VIEW, for the columns that the statement does not name.
  if (statement.columns.empty()) duckdb::QueryResult::DeduplicateColumns(own_names);
  std::set<std::string> names;
  for (size_t i = 0; i < planned.names.size(); i++) {
    std::string name = i < statement.columns.size() ? statement.columns[i] : own_names[i];
    if (!names.insert(to_lower(name)).second)
      return refuse("42701", fmt::format("column \"{}\" specified more than once", name),
                    "give one of them another name with AS");
    definition.columns.push_back({name, planned.types[i], false});
  }
  return OkStatus();
}

Status apply_settings(duckdb::Connection& connection, const Settings& settings) {
  for (const auto& [name, value] : settings) {
    auto result = connection.Query("SET " + name + " = " + quote_literal(value));
    if (result->HasError())
      return refuse("22023", fmt::format("{}: {}", name, result->GetErrorObject().RawMessage()));
  }
  return OkStatus();
}

}  // namespace

StatusOr<Definition> define_source(sql::Database& database, const sql::CreateSource& statement) {
  bool is_upsert = statement.format == "upsert";
  if (statement.format != "plain" && !is_upsert)
    return refuse("0A000", fmt::format("FORMAT {} is not supported yet", statement.format),
                  "use FORMAT PLAIN or FORMAT UPSERT");
  if (statement.encode != "json")
    return refuse("0A000", fmt::format("ENCODE {} is not supported yet", statement.encode),
                  "use FORMAT PLAIN ENCODE JSON");
  RETURN_IF_ERROR(check_options(statement.options, {"topic", "partitions", "durability"}));
  Definition definition;
  definition.kind = DefinitionKind::kSource;
  definition.name = statement.name;
  definition.topic = option(statement.options, "topic", statement.name);
  RETURN_IF_ERROR(add_columns(database, statement.columns, definition));
  if (definition.is_keyed() && !is_upsert)
    return refuse("0A000", "FORMAT PLAIN has no primary key",
                  "FORMAT UPSERT reads records that replace each other by key");
  if (is_upsert && !definition.is_keyed())
    return refuse("42P16", "FORMAT UPSERT needs a primary key", "mark a column PRIMARY KEY");
  RETURN_IF_ERROR(add_included(statement, definition));
  RETURN_IF_ERROR(check_decodable(definition));
  return definition;
}

StatusOr<Definition> define_table(sql::Database& database, const sql::CreateTable& statement) {
  RETURN_IF_ERROR(check_options(statement.options, {"topic", "partitions", "durability"}));
  Definition definition;
  definition.kind = DefinitionKind::kTable;
  definition.name = statement.name;
  definition.topic = option(statement.options, "topic", statement.name);
  RETURN_IF_ERROR(add_columns(database, statement.columns, definition));
  RETURN_IF_ERROR(check_decodable(definition));
  return definition;
}

Status find_or_make_topic(log::Log& log, const sql::Options& options, Definition& definition) {
  if (definition.topic.rfind("__kappa_", 0) == 0)
    return refuse("42939", fmt::format("topic \"{}\" is kappa's own", definition.topic));
  auto found = log.find_topic(definition.topic);
  if (found.ok()) {
    RETURN_IF_ERROR(check_cleanup_policy(*found, definition));
    definition.topic_id = found->id;
    return OkStatus();
  }
  std::string partitions_text = option(options, "partitions", "1");
  int64_t partitions = 0;
  auto parsed = std::from_chars(partitions_text.data(),
                                partitions_text.data() + partitions_text.size(), partitions);
  if (parsed.ec != std::errc() || partitions < 1 || partitions > kPartitionsMax)
    return refuse("22023", fmt::format("partitions must be a number from 1 to {}: {}",
                                       kPartitionsMax, partitions_text));
  log::TopicSettings settings;
  if (definition.is_keyed()) settings["cleanup.policy"] = "compact";
  if (auto durability = options.find("durability"); durability != options.end())
    settings["durability"] = durability->second;
  auto made = log.create_topic(definition.topic, static_cast<int32_t>(partitions), settings);
  if (absl::IsInvalidArgument(made.status()))
    return refuse("22023", std::string(message_of(made.status())));
  RETURN_IF_ERROR(made.status());
  definition.topic_id = made->id;
  definition.owns_topic = definition.kind == DefinitionKind::kTable;
  return OkStatus();
}

StatusOr<Partitions> open_partitions(log::Log& log, const Definition& definition) {
  ASSIGN_OR_RETURN(log::TopicDescription topic, log.find_topic(definition.topic_id));
  Partitions partitions;
  for (int32_t i = 0; i < topic.partition_count; i++) {
    ASSIGN_OR_RETURN(auto partition, log.partition(topic.id, i));
    partitions.push_back(std::move(partition));
  }
  return partitions;
}

StatusOr<std::unique_ptr<ViewNode>> plan_view_node(sql::Database& database,
                                                   std::shared_ptr<const RelationMap> relations,
                                                   const ViewText& view,
                                                   flow::WorkerPool& workers) {
  auto connection = database.connect();
  auto snapshot = std::make_shared<EngineSnapshot>();
  snapshot->relations_map = relations;
  connection->use_snapshot(snapshot);
  RETURN_IF_ERROR(apply_settings(connection->duck(), view.settings));
  ASSIGN_OR_RETURN(sql::PlannedView planned,
                   sql::plan_view(connection->duck(), view.statement.query));

  auto definition = std::make_shared<Definition>();
  definition->kind = DefinitionKind::kView;
  definition->id = view.id;
  definition->version = view.version;
  definition->name = view.statement.name;
  definition->sql = view.sql;
  definition->query = view.statement.query;
  definition->settings = view.settings;
  RETURN_IF_ERROR(name_columns(view.statement, planned, *definition));
  Status status;
  std::vector<ViewInput> inputs = resolve_inputs(*relations, planned.inputs, status);
  RETURN_IF_ERROR(status);
  std::set<int64_t> upstream;
  for (const ViewInput& input : inputs) upstream.insert(input.relation_id);
  for (const std::string& name : planned.relations) {
    auto found = relations->by_name.find(to_lower(name));
    if (found != relations->by_name.end()) upstream.insert(found->second->id);
  }
  definition->upstream.assign(upstream.begin(), upstream.end());
  return ViewNode::create(std::move(definition), std::move(connection), std::move(planned),
                          std::move(inputs), workers);
}

std::shared_ptr<const RelationMap> with_relation(const RelationMap& map, DefinitionPtr definition,
                                                 Partitions partitions) {
  std::string name = to_lower(definition->name);
  auto copy = std::make_shared<RelationMap>(map);
  if (auto old = copy->by_name.find(name); old != copy->by_name.end())
    copy->definitions.erase(old->second->id);
  copy->definitions[definition->id] = definition;
  copy->by_name[name] = definition;
  copy->user[name] = make_relation(definition, partitions);
  copy->user[name + "$errors"] = make_errors_relation(definition, std::move(partitions));
  return copy;
}

std::shared_ptr<const RelationMap> without_relation(const RelationMap& map, int64_t id) {
  auto copy = std::make_shared<RelationMap>(map);
  auto found = copy->definitions.find(id);
  if (found == copy->definitions.end()) return copy;
  std::string name = to_lower(found->second->name);
  copy->definitions.erase(found);
  copy->by_name.erase(name);
  copy->user.erase(name);
  copy->user.erase(name + "$errors");
  return copy;
}

}  // namespace kappa::engine
