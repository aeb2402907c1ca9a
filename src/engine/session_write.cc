// INSERT, UPDATE, DELETE and COPY FROM STDIN of a session.

#include <duckdb/main/connection.hpp>

#include "base/ascii.h"
#include "engine/copy_in.h"
#include "engine/session_impl.h"
#include "sql/error.h"

namespace kappa::engine {
namespace {

std::string tag_of(WriteKind kind, int64_t count) {
  switch (kind) {
    case WriteKind::kInsert:
      return fmt::format("INSERT 0 {}", count);
    case WriteKind::kUpdate:
      return fmt::format("UPDATE {}", count);
    default:
      return fmt::format("DELETE {}", count);
  }
}

// The chunk's columns from `first` on.
void tail_of(duckdb::DataChunk& chunk, size_t first, duckdb::DataChunk& tail) {
  duckdb::vector<duckdb::LogicalType> types;
  for (size_t i = first; i < chunk.ColumnCount(); i++) types.push_back(chunk.data[i].GetType());
  tail.InitializeEmpty(types);
  for (size_t i = 0; i < types.size(); i++) tail.data[i].Reference(chunk.data[first + i]);
  tail.SetCardinalityUnsafe(chunk.size());
}

std::unique_ptr<duckdb::DataChunk> copy_of(duckdb::DataChunk& chunk) {
  auto copy = std::make_unique<duckdb::DataChunk>();
  copy->Initialize(duckdb::Allocator::DefaultAllocator(), chunk.GetTypes());
  chunk.Copy(*copy);
  return copy;
}

// Rows whose keys change: every old key goes before any new one comes, or a row that moves to the
// old key of another would be lost with it.
class MovedRows {
 public:
  Status remove(const WriteQuery& query, duckdb::DataChunk& chunk, TableWriter& writer,
                int64_t now_ms) {
    RETURN_IF_ERROR(writer.remove(chunk, query.row_columns, now_ms));
    rows_.push_back(copy_of(chunk));
    return OkStatus();
  }
  Status insert(TableWriter& writer, int64_t now_ms) {
    for (const auto& chunk : rows_) RETURN_IF_ERROR(writer.upsert(*chunk, now_ms));
    return OkStatus();
  }

 private:
  std::vector<std::unique_ptr<duckdb::DataChunk>> rows_;
};

}  // namespace

StatusOr<DefinitionPtr> SessionImpl::writable_table(const std::string& name,
                                                    const EngineSnapshot& snapshot) {
  DefinitionPtr table = snapshot.definition(name);
  if (!table)
    return sql::make_error({"42P01", fmt::format("relation \"{}\" does not exist", name)});
  if (table->kind == DefinitionKind::kTable) return table;
  bool is_source = table->kind == DefinitionKind::kSource;
  return sql::make_error(
      {"42809",
       fmt::format("cannot change \"{}\": it is a {}", name, is_source ? "source" : "view"), "",
       is_source ? "produce to its topic by Kafka" : "change what it reads"});
}

StatusOr<std::unique_ptr<TableWriter>> SessionImpl::start_writing(const DefinitionPtr& table) {
  if (transaction_writer_) {
    if (transaction_writer_->definition().id == table->id) return std::move(transaction_writer_);
    return sql::make_error(
        {"0A000",
         fmt::format("a transaction can write to one table; this one has written to \"{}\"",
                     transaction_writer_->definition().name),
         "", "COMMIT first"});
  }
  ASSIGN_OR_RETURN(Partitions partitions, core_.partitions(*table));
  return TableWriter::create(table, std::move(partitions));
}

Status SessionImpl::finish_writing(std::unique_ptr<TableWriter> writer) {
  if (transaction_ == TransactionState::kIdle) return writer->commit(written_);
  transaction_writer_ = std::move(writer);
  return OkStatus();
}

Status SessionImpl::write_chunk(const WriteQuery& query, duckdb::DataChunk& chunk,
                                TableWriter& writer, int64_t now_ms) {
  const Definition& table = writer.definition();
  if (query.kind == WriteKind::kDelete) {
    duckdb::DataChunk keys;
    duckdb::vector<duckdb::LogicalType> types;
    for (size_t key : table.key_columns) types.push_back(chunk.data[key].GetType());
    keys.InitializeEmpty(types);
    for (size_t i = 0; i < types.size(); i++)
      keys.data[i].Reference(chunk.data[table.key_columns[i]]);
    keys.SetCardinalityUnsafe(chunk.size());
    return writer.remove(keys, 0, now_ms);
  }
  return writer.upsert(chunk, now_ms);
}

Status SessionImpl::run_write(const sql::Statement& statement,
                              const std::vector<duckdb::Value>& parameters, ResultSink& sink) {
  ASSIGN_OR_RETURN(EngineSnapshotPtr snapshot, begin_reading());
  ASSIGN_OR_RETURN(std::string name, written_table(statement));
  ASSIGN_OR_RETURN(DefinitionPtr table, writable_table(name, *snapshot));
  ASSIGN_OR_RETURN(WriteQuery query, make_write_query(statement, *table));
  if (query.kind != WriteKind::kInsert && transaction_writer_)
    return sql::make_error({"0A000", "a transaction cannot change rows that it has written itself",
                            "", "COMMIT first"});
  ASSIGN_OR_RETURN(auto writer, start_writing(table));
  int64_t count = 0;
  const int64_t now_ms = core_.env().wall_ms();
  MovedRows moved;
  std::vector<std::unique_ptr<duckdb::DataChunk>> returned;
  std::vector<ResultColumn> returned_columns;
  QueryCallbacks callbacks;
  callbacks.columns = [&](const std::vector<ResultColumn>& columns) {
    returned_columns.assign(columns.begin() + query.returning_at(), columns.end());
    return OkStatus();
  };
  callbacks.rows = [&](duckdb::DataChunk& chunk) -> Status {
    count += chunk.size();
    RETURN_IF_ERROR(query.old_key_columns > 0 ? moved.remove(query, chunk, *writer, now_ms)
                                              : write_chunk(query, chunk, *writer, now_ms));
    if (!query.has_returning || chunk.size() == 0) return OkStatus();
    duckdb::DataChunk tail;
    tail_of(chunk, query.returning_at(), tail);
    returned.push_back(copy_of(tail));
    return OkStatus();
  };
  Status status = run_query(*connection_, query.sql, parameters, callbacks);
  if (!status.ok()) return placed_in(*connection_, statement, status);
  RETURN_IF_ERROR(moved.insert(*writer, now_ms));
  RETURN_IF_ERROR(finish_writing(std::move(writer)));
  // Nothing is told before it is durable.
  if (query.has_returning) {
    RETURN_IF_ERROR(sink.columns(returned_columns));
    for (auto& chunk : returned) RETURN_IF_ERROR(sink.rows(*chunk));
  }
  sink.complete(tag_of(query.kind, count));
  return OkStatus();
}

StatusOr<std::unique_ptr<CopyWriter>> SessionImpl::copy_in(const PreparedStatement& statement) {
  const sql::Statement& parsed = static_cast<const Prepared&>(statement).parsed->statement;
  const auto& body = std::get<sql::CopyData>(parsed.body);
  is_cancelled_ = false;
  ASSIGN_OR_RETURN(EngineSnapshotPtr snapshot, begin_reading());
  ASSIGN_OR_RETURN(DefinitionPtr table, writable_table(body.table, *snapshot));
  std::vector<size_t> columns;
  for (const std::string& name : body.columns) {
    size_t index = 0;
    while (index < table->columns.size() && to_lower(table->columns[index].name) != to_lower(name))
      index++;
    if (index == table->columns.size())
      return sql::make_error(
          {"42703",
           fmt::format("column \"{}\" of relation \"{}\" does not exist", name, table->name)});
    columns.push_back(index);
  }
  for (size_t i = 0; body.columns.empty() && i < table->columns.size(); i++) columns.push_back(i);
  ASSIGN_OR_RETURN(auto writer, start_writing(table));
  return make_copy_writer(
      *connection_, std::move(writer), std::move(columns), core_.env().wall_ms(),
      [this](std::unique_ptr<TableWriter> full) { return finish_writing(std::move(full)); });
}

}  // namespace kappa::engine
