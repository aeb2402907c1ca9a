// Scans of our relations. A relation that the query reads several times is one input of the circuit
// with the columns of all reads, so its records are decoded once; each read selects its own.

#include <duckdb/catalog/catalog.hpp>
#include <duckdb/catalog/catalog_entry/schema_catalog_entry.hpp>
#include <duckdb/catalog/catalog_entry/table_catalog_entry.hpp>
#include <duckdb/planner/operator/logical_get.hpp>

#include <algorithm>

#include "sql/catalog.h"
#include "sql/planner/translation.h"

namespace kappa::sql {
namespace {

using duckdb::LogicalGet;

// FROM t, UNNEST(t.list): the function gets its argument as the first column of its input.
bool is_lateral_unnest(LogicalGet& get) {
  return !get.GetTable() && get.children.size() == 1 && get.input_table_types.size() == 1 &&
         get.function.GetName() == "unnest";
}

StatusOr<RelationPtr> relation_read_by(LogicalGet& get) {
  auto table = get.GetTable();
  if (!table) {
    return refuse(fmt::format("table function {}() cannot be read in a view",
                              get.function.GetName().GetIdentifierName()),
                  "read a source or a table; constant rows can be written as VALUES");
  }
  RelationPtr relation = relation_of(*table);
  const std::string name = table->name.GetIdentifierName();
  if (!relation) {
    return refuse(fmt::format("table \"{}\" of catalog \"{}\" cannot be read in a view", name,
                              table->ParentCatalog().GetName().GetIdentifierName()),
                  "views read sources, tables and other views: their rows come from the log");
  }
  if (relation->kind() == RelationKind::kSystem) {
    return refuse(fmt::format("system relation \"{}\" cannot be read in a view", name),
                  "query it directly: its rows are not in the log");
  }
  return relation;
}

// A scan does nothing but give columns. Everything else that it could do is refused.
Status check_plain(LogicalGet& get) {
  if (get.extra_info.sample_options) {
    return refuse("TABLESAMPLE cannot be maintained in a view: its rows are random",
                  "filter on a hash of the key, as in WHERE hash(id) % 100 < 5");
  }
  if (get.at_clause) return refuse("AT cannot be used in a view: it follows the present");
  if (get.source_ordinality != duckdb::OrdinalityType::WITHOUT_ORDINALITY ||
      get.ordinality_idx.IsValid()) {
    return refuse("WITH ORDINALITY cannot be used in a view: rows have no number");
  }
  const bool has_children = !get.children.empty() && !is_lateral_unnest(get);
  const bool has_filters =
      get.table_filters.HasFilters() || get.dynamic_filters || !get.extra_info.file_filters.empty();
  if (has_children || has_filters || get.has_pushed_projection || get.row_group_order_options ||
      !get.scan_partition_indices.empty()) {
    return internal_error("scan has something pushed into it: {}", get.GetName());
  }
  return OkStatus();
}

// The relation's columns that the scan puts out; its row numbers (which nobody looks at) are read
// as the first column.
StatusOr<std::vector<size_t>> output_columns(LogicalGet& get) {
  std::vector<size_t> columns;
  for (const auto& binding : get.GetColumnBindings()) {
    if (get.GetColumnIds().empty()) {
      columns.push_back(0);
      continue;
    }
    const auto& column = get.GetColumnIndex(binding);
    if (column.IsPushdownExtract()) {
      return internal_error("scan has a field access pushed into it: {}", get.GetName());
    }
    columns.push_back(column.IsVirtualColumn() ? 0 : column.GetPrimaryIndex());
  }
  return columns;
}

// Output: the element, then the input's columns that are used above.
StatusOr<flow::NodePtr> translate_lateral_unnest(Translation& translation, LogicalGet& get) {
  RETURN_IF_ERROR(check_plain(get));
  ASSIGN_OR_RETURN(auto input, translate_child(translation, get));
  const auto& list_type = input->types[0];
  if (list_type.id() != duckdb::LogicalTypeId::LIST) {
    return refuse("UNNEST of something that is not a list cannot be maintained in a view");
  }
  flow::UnnestSpec spec;
  spec.lists.push_back(reference(0, list_type));
  data::Types types = input->types;
  types.push_back(duckdb::ListType::GetChildType(list_type));
  std::vector<size_t> positions(get.types.size() - get.projected_input.size(), types.size() - 1);
  positions.insert(positions.end(), get.projected_input.begin(), get.projected_input.end());
  auto node = translation.nodes.make(std::move(spec), {std::move(input)}, std::move(types));
  return translation.nodes.select(std::move(node), positions);
}

RelationInput& input_of(Translation& translation, const Relation& relation) {
  for (auto& input : translation.inputs) {
    if (input.read.relation == relation.name()) return input;
  }
  RelationInput input;
  input.read.relation = relation.name();
  input.is_append_only = relation.is_append_only();
  return translation.inputs.emplace_back(std::move(input));
}

}  // namespace

Status collect_inputs(Translation& translation, duckdb::LogicalOperator& root) {
  for (auto& child : root.children) RETURN_IF_ERROR(collect_inputs(translation, *child));
  if (root.type != duckdb::LogicalOperatorType::LOGICAL_GET) return OkStatus();
  auto& get = root.Cast<LogicalGet>();
  if (is_lateral_unnest(get)) return OkStatus();
  if (is_constant_function(get)) return check_plain(get);
  ASSIGN_OR_RETURN(RelationPtr relation, relation_read_by(get));
  RETURN_IF_ERROR(check_plain(get));
  ASSIGN_OR_RETURN(auto columns, output_columns(get));
  RelationInput& input = input_of(translation, *relation);
  for (size_t column : columns) {
    auto& known = input.read.columns;
    if (std::find(known.begin(), known.end(), column) != known.end()) continue;
    known.push_back(column);
    input.types.push_back(relation->columns()[column].type);
  }
  return OkStatus();
}

StatusOr<flow::NodePtr> translate_get(Translation& translation, duckdb::LogicalOperator& op) {
  auto& get = op.Cast<LogicalGet>();
  if (is_lateral_unnest(get)) return translate_lateral_unnest(translation, get);
  if (is_constant_function(get)) return translate_constant_function(translation, get);
  ASSIGN_OR_RETURN(RelationPtr relation, relation_read_by(get));
  ASSIGN_OR_RETURN(auto columns, output_columns(get));
  const RelationInput& input = input_of(translation, *relation);
  flow::InputSpec spec;
  spec.input = static_cast<size_t>(&input - translation.inputs.data());
  spec.is_append_only = input.is_append_only;
  flow::NodePtr node = translation.nodes.make(spec, {}, input.types);
  std::vector<size_t> positions;
  for (size_t column : columns) {
    const auto& known = input.read.columns;
    positions.push_back(std::find(known.begin(), known.end(), column) - known.begin());
  }
  return translation.nodes.select(std::move(node), positions);
}

}  // namespace kappa::sql
