#include "sql/catalog_table.h"

#include <duckdb/catalog/catalog.hpp>
#include <duckdb/catalog/catalog_entry/schema_catalog_entry.hpp>
#include <duckdb/catalog/catalog_entry/table_catalog_entry.hpp>
#include <duckdb/common/exception.hpp>
#include <duckdb/common/serializer/deserializer.hpp>
#include <duckdb/common/serializer/serializer.hpp>
#include <duckdb/function/table_function.hpp>
#include <duckdb/main/extension/extension_loader.hpp>
#include <duckdb/parser/constraints/not_null_constraint.hpp>
#include <duckdb/parser/constraints/unique_constraint.hpp>
#include <duckdb/parser/parsed_data/create_table_info.hpp>
#include <duckdb/storage/statistics/base_statistics.hpp>
#include <duckdb/storage/table_storage_info.hpp>

#include "sql/catalog.h"
#include "sql/duckdb_error.h"

namespace kappa::sql {
namespace {

struct ScanBindData : duckdb::TableFunctionData {
  ScanBindData(duckdb::TableCatalogEntry& entry, RelationPtr relation)
      : entry(entry), relation(std::move(relation)) {}

  duckdb::TableCatalogEntry& entry;
  const RelationPtr relation;

  bool Equals(const FunctionData& other) const override {
    return relation == other.Cast<ScanBindData>().relation;
  }
  duckdb::unique_ptr<FunctionData> Copy() const override {
    return duckdb::make_uniq<ScanBindData>(entry, relation);
  }
};

// Reads a relation's rows; one thread. Where the plan asks for a row number instead of columns
// (count(*)), it gets one.
struct ScanState : duckdb::GlobalTableFunctionState {
  std::unique_ptr<RowReader> reader;
  duckdb::DataChunk rows;                // what the reader fills: the real columns asked for
  std::vector<duckdb::idx_t> positions;  // output column -> column of rows; kRowNumber
  int64_t row_number = 0;
};
constexpr duckdb::idx_t kRowNumber = duckdb::idx_t(-1);

duckdb::unique_ptr<duckdb::GlobalTableFunctionState> start_scan(
    duckdb::ClientContext& context, duckdb::TableFunctionInitInput& input) {
  auto& bind = input.bind_data->Cast<ScanBindData>();
  auto state = duckdb::make_uniq<ScanState>();
  std::vector<size_t> columns;
  duckdb::vector<duckdb::LogicalType> types;
  for (duckdb::column_t id : input.column_ids) {
    bool is_real = id < bind.relation->columns().size();
    state->positions.push_back(is_real ? columns.size() : kRowNumber);
    if (!is_real) continue;
    columns.push_back(id);
    types.push_back(bind.relation->columns()[id].type);
  }
  // A reader without columns would have no rows to count.
  if (columns.empty()) {
    columns.push_back(0);
    types.push_back(bind.relation->columns()[0].type);
  }
  state->rows.Initialize(duckdb::Allocator::DefaultAllocator(), types);
  auto reader = bind.relation->read(snapshot_of(context, bind.entry.catalog), std::move(columns));
  if (!reader.ok()) throw_through_duckdb(reader.status());
  state->reader = std::move(reader).value();
  return state;
}

void scan(duckdb::ClientContext&, duckdb::TableFunctionInput& input, duckdb::DataChunk& output) {
  auto& state = input.global_state->Cast<ScanState>();
  Status status = state.reader->next(state.rows);
  if (!status.ok()) throw_through_duckdb(status);
  duckdb::idx_t count = state.rows.size();
  for (duckdb::idx_t i = 0; i < state.positions.size(); i++) {
    if (state.positions[i] == kRowNumber)
      output.data[i].Sequence(state.row_number, 1, count);
    else
      output.data[i].Reference(state.rows.data[state.positions[i]]);
  }
  state.row_number += count;
  output.SetCardinalityUnsafe(count);
}

// Some of DuckDB's passes copy plans through their serialised form (a subquery of which the text
// has one and the plan needs two): the relation goes by its name, found again in the same
// transaction.
void serialize_scan(duckdb::Serializer& serializer, duckdb::optional_ptr<duckdb::FunctionData> data,
                    const duckdb::BoundTableFunction&) {
  const duckdb::TableCatalogEntry& entry = data->Cast<ScanBindData>().entry;
  serializer.WriteProperty(100, "catalog", entry.catalog.GetName().GetIdentifierName());
  serializer.WriteProperty(101, "schema", entry.schema.name.GetIdentifierName());
  serializer.WriteProperty(102, "table", entry.name.GetIdentifierName());
}

duckdb::unique_ptr<duckdb::FunctionData> deserialize_scan(duckdb::Deserializer& deserializer,
                                                          duckdb::BoundTableFunction&) {
  const auto catalog = deserializer.ReadProperty<std::string>(100, "catalog");
  const auto schema = deserializer.ReadProperty<std::string>(101, "schema");
  const auto table = deserializer.ReadProperty<std::string>(102, "table");
  auto& entry = duckdb::Catalog::GetEntry<duckdb::TableCatalogEntry>(
      deserializer.Get<duckdb::ClientContext&>(),
      duckdb::QualifiedName(duckdb::Identifier(catalog), duckdb::Identifier(schema),
                            duckdb::Identifier(table)));
  return duckdb::make_uniq<ScanBindData>(entry, relation_of(entry));
}

duckdb::unique_ptr<duckdb::FunctionData> refuse_call(duckdb::ClientContext&,
                                                     duckdb::TableFunctionBindInput&,
                                                     duckdb::vector<duckdb::LogicalType>&,
                                                     duckdb::vector<duckdb::Identifier>&) {
  throw duckdb::BinderException("kappa_scan() cannot be called: name the relation in FROM");
}

duckdb::TableFunction scan_function() {
  duckdb::TableFunction function("kappa_scan", {}, scan, refuse_call, start_scan);
  function.projection_pushdown = true;
  function.filter_pushdown = false;
  function.get_table_entry = [](duckdb::optional_ptr<const duckdb::FunctionData> data)
      -> duckdb::optional_ptr<duckdb::TableCatalogEntry> {
    return &data->Cast<ScanBindData>().entry;
  };
  function.SetSerializeCallback(serialize_scan);
  function.SetDeserializeCallback(deserialize_scan);
  return function;
}

class TableEntry : public duckdb::TableCatalogEntry {
 public:
  TableEntry(duckdb::Catalog& catalog, duckdb::SchemaCatalogEntry& schema,
             duckdb::CreateTableInfo& info, RelationPtr relation)
      : TableCatalogEntry(catalog, schema, info),
        columns_(std::move(info.columns)),
        relation(std::move(relation)) {}

  const duckdb::ColumnList& GetColumns() const override { return columns_; }
  duckdb::unique_ptr<duckdb::BaseStatistics> GetStatistics(duckdb::ClientContext&,
                                                           duckdb::column_t) override {
    return nullptr;
  }
  duckdb::TableStorageInfo GetStorageInfo(duckdb::ClientContext&) override { return {}; }

  duckdb::TableFunction GetScanFunction(
      duckdb::ClientContext&, duckdb::unique_ptr<duckdb::FunctionData>& bind_data) override {
    bind_data = duckdb::make_uniq<ScanBindData>(*this, relation);
    return scan_function();
  }

 private:
  duckdb::ColumnList columns_;

 public:
  const RelationPtr relation;
};

}  // namespace

std::unique_ptr<duckdb::TableCatalogEntry> make_table_entry(duckdb::Catalog& catalog,
                                                            duckdb::SchemaCatalogEntry& schema,
                                                            RelationPtr relation) {
  duckdb::CreateTableInfo info(schema, duckdb::Identifier(relation->name()));
  info.internal = relation->kind() == RelationKind::kSystem;
  for (const Column& column : relation->columns()) {
    if (column.is_not_null)
      info.constraints.push_back(duckdb::make_uniq<duckdb::NotNullConstraint>(
          duckdb::LogicalIndex(info.columns.LogicalColumnCount())));
    info.columns.AddColumn(duckdb::ColumnDefinition(duckdb::Identifier(column.name), column.type));
  }
  if (!relation->key_columns().empty()) {
    duckdb::vector<duckdb::Identifier> names;
    for (size_t key : relation->key_columns())
      names.push_back(duckdb::Identifier(relation->columns()[key].name));
    info.constraints.push_back(duckdb::make_uniq<duckdb::UniqueConstraint>(names, true));
  }
  return std::make_unique<TableEntry>(catalog, schema, info, std::move(relation));
}

void register_scan_function(duckdb::DatabaseInstance& database) {
  duckdb::ExtensionLoader(database, "kappa").RegisterFunction(scan_function());
}

RelationPtr relation_of(duckdb::TableCatalogEntry& entry) {
  if (entry.catalog.GetCatalogType() != "kappa") return nullptr;
  return static_cast<TableEntry&>(entry).relation;
}

}  // namespace kappa::sql
