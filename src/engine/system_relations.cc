#include "engine/system_relations.h"

#include "engine/core.h"
#include "engine/group_relation.h"
#include "engine/relations.h"

namespace kappa::engine {
namespace {

using duckdb::LogicalType;
using duckdb::Value;
using Rows = std::vector<std::vector<Value>>;

Rows relation_rows(const EngineSnapshot& snapshot) {
  Rows rows;
  for (const auto& [id, definition] : snapshot.relations_map->definitions)
    rows.push_back({Value(definition->name), Value(name_of(definition->kind)),
                    definition->topic.empty() ? Value() : Value(definition->topic),
                    Value(definition->sql)});
  return rows;
}

Rows view_rows(Core& core, const EngineSnapshot& snapshot) {
  Rows rows;
  for (const auto& [id, definition] : snapshot.relations_map->definitions) {
    if (definition->kind != DefinitionKind::kView) continue;
    int64_t size_bytes = 0;
    auto state = snapshot.states.find(id);
    if (state != snapshot.states.end())
      for (const auto& run : state->second.contents) size_bytes += run->size_bytes();
    rows.push_back({Value(definition->name), Value::BIGINT(definition->version),
                    Value(core.frontier_text(snapshot, *definition)), Value::BIGINT(size_bytes),
                    Value(definition->query)});
  }
  return rows;
}

Rows replay_rows(Core& core) {
  Rows rows;
  for (const ReplayProgress& progress : core.replays())
    rows.push_back({Value(progress.name), Value::BIGINT(progress.version), Value(progress.state),
                    Value::BIGINT(progress.records_done), Value::BIGINT(progress.records_total),
                    Value::DOUBLE(progress.records_per_second),
                    Value::DOUBLE(progress.seconds_left), Value::DOUBLE(progress.seconds),
                    progress.error.empty() ? Value() : Value(progress.error)});
  return rows;
}

Rows topic_rows(Core& core) {
  Rows rows;
  for (const log::TopicDescription& topic : core.log().topics()) {
    int64_t records = 0, size_bytes = 0;
    for (int32_t i = 0; i < topic.partition_count; i++) {
      auto partition = core.log().partition(topic.id, i);
      if (!partition.ok()) continue;
      records += (*partition)->high_watermark() - (*partition)->log_start();
      size_bytes += (*partition)->size_bytes();
    }
    rows.push_back({Value(topic.name), Value(to_string(topic.id)),
                    Value::INTEGER(topic.partition_count), Value::BIGINT(records),
                    Value::BIGINT(size_bytes)});
  }
  return rows;
}

Rows partition_rows(Core& core) {
  Rows rows;
  for (const log::TopicDescription& topic : core.log().topics()) {
    for (int32_t i = 0; i < topic.partition_count; i++) {
      auto partition = core.log().partition(topic.id, i);
      if (!partition.ok()) continue;
      rows.push_back({Value(topic.name), Value::INTEGER(i),
                      Value::BIGINT((*partition)->log_start().value),
                      Value::BIGINT((*partition)->high_watermark().value),
                      Value::BIGINT((*partition)->last_stable().value),
                      Value::BIGINT((*partition)->log_end().value),
                      Value::BIGINT((*partition)->size_bytes())});
    }
  }
  return rows;
}

Value timestamp_or_null(int64_t timestamp_ms) {
  constexpr int64_t kMax = int64_t{1} << 52;  // a client's clock may say anything
  if (timestamp_ms < 0 || timestamp_ms > kMax) return Value();
  return Value::TIMESTAMPTZ(duckdb::timestamp_tz_t(timestamp_ms * 1000));
}

Rows transaction_rows(Core& core) {
  Rows rows;
  std::map<int64_t, std::string> ids;
  if (core.options().transactional_ids) ids = core.options().transactional_ids();
  const auto id_of = [&ids](int64_t producer_id) {
    auto found = ids.find(producer_id);
    return found == ids.end() ? Value() : Value(found->second);
  };
  for (const log::TopicDescription& topic : core.log().topics()) {
    for (int32_t i = 0; i < topic.partition_count; i++) {
      auto partition = core.log().partition(topic.id, i);
      if (!partition.ok()) continue;
      for (const log::OpenTransaction& open : (*partition)->open_transactions())
        rows.push_back({id_of(open.producer_id), Value(topic.name), Value::INTEGER(i),
                        Value::BIGINT(open.producer_id), Value::INTEGER(open.producer_epoch),
                        Value::BIGINT(open.first.value), timestamp_or_null(open.first_timestamp)});
    }
  }
  return rows;
}

void add(RelationMap& map, std::string name, std::vector<sql::Column> columns, SystemRows rows) {
  map.system[name] = make_system_relation(name, std::move(columns), std::move(rows));
}

}  // namespace

void add_system_relations(Core& core, RelationMap& map) {
  const auto text = LogicalType::VARCHAR;
  const auto number = LogicalType::BIGINT;
  add(map, "relations", {{"name", text}, {"kind", text}, {"topic", text}, {"definition", text}},
      [](const EngineSnapshot& snapshot) { return relation_rows(snapshot); });
  add(map, "views",
      {{"name", text},
       {"version", number},
       {"frontier", text},
       {"size_bytes", number},
       {"query", text}},
      [&core](const EngineSnapshot& snapshot) { return view_rows(core, snapshot); });
  add(map, "replays",
      {{"view", text},
       {"version", number},
       {"state", text},
       {"records_done", number},
       {"records_total", number},
       {"records_per_second", LogicalType::DOUBLE},
       {"seconds_left", LogicalType::DOUBLE},
       {"seconds", LogicalType::DOUBLE},
       {"error", text}},
      [&core](const EngineSnapshot&) { return replay_rows(core); });
  add(map, "topics",
      {{"name", text},
       {"id", text},
       {"partitions", LogicalType::INTEGER},
       {"records", number},
       {"size_bytes", number}},
      [&core](const EngineSnapshot&) { return topic_rows(core); });
  add(map, "partitions",
      {{"topic", text},
       {"partition", LogicalType::INTEGER},
       {"log_start", number},
       {"high_watermark", number},
       {"last_stable", number},
       {"log_end", number},
       {"size_bytes", number}},
      [&core](const EngineSnapshot&) { return partition_rows(core); });
  add(map, "groups", group_columns(), [&core](const EngineSnapshot&) {
    const auto& places = core.options().group_places;
    return places ? group_rows(core.log(), core.env().wall_ms(), places()) : Rows();
  });
  // Whose records, as yet, no reader of committed data sees.
  add(map, "transactions",
      {{"transactional_id", text},
       {"topic", text},
       {"partition", LogicalType::INTEGER},
       {"producer_id", number},
       {"producer_epoch", LogicalType::INTEGER},
       {"first_offset", number},
       {"begin", LogicalType::TIMESTAMP_TZ}},
      [&core](const EngineSnapshot&) { return transaction_rows(core); });
}

}  // namespace kappa::engine
