#pragma once
// Rows on their way into a table's topic: collected as records, and appended as one batch, so that
// a statement (or a transaction) is there whole or not at all. Confined to one session.

#include <memory>
#include <vector>

#include "data/json_encoder.h"
#include "engine/definition.h"
#include "engine/frontier.h"
#include "engine/log_input.h"
#include "log/batch_builder.h"

namespace kappa::engine {

class TableWriter {
 public:
  // Errors: kUnimplemented when the topic has several partitions (one batch could not hold all).
  static StatusOr<std::unique_ptr<TableWriter>> create(DefinitionPtr definition,
                                                       Partitions partitions);

  const Definition& definition() const { return *definition_; }
  bool is_empty() const { return builder_.record_count() == 0; }

  // Whole rows, with the table's types (first columns of the chunk; more may follow).
  // Errors: 23502 a NULL in a NOT NULL column.
  Status upsert(const duckdb::DataChunk& rows, int64_t now_ms);
  // Deletes by key; the chunk has the key columns at `first_column` on, in the key's order.
  Status remove(const duckdb::DataChunk& rows, size_t first_column, int64_t now_ms);

  // Appends what was collected and waits until it is durable; raises `written` past it.
  Status commit(Frontier& written);

 private:
  TableWriter(DefinitionPtr definition, Partitions partitions)
      : definition_(std::move(definition)), partitions_(std::move(partitions)) {}

  Status check_not_null(const duckdb::DataChunk& rows) const;
  static void reference(const duckdb::DataChunk& from, const std::vector<size_t>& columns,
                        duckdb::DataChunk& to);

  const DefinitionPtr definition_;
  const Partitions partitions_;
  std::unique_ptr<data::JsonEncoder> row_encoder_;
  std::unique_ptr<data::JsonEncoder> key_encoder_;  // keyed tables
  log::BatchBuilder builder_;
};

}  // namespace kappa::engine
