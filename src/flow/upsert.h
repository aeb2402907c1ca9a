#pragma once
// A keyed table as state: a stream of upserts (key -> row, or key -> nothing) becomes a delta with
// retractions. Within a step the last upsert of a key wins; an upsert to an equal row changes
// nothing.

#include <memory>
#include <vector>

#include "base/status.h"
#include "data/delta.h"
#include "flow/trace.h"

namespace kappa::flow {

class UpsertTable {
 public:
  // Types of the whole row, and the positions of the key columns in it.
  static std::unique_ptr<UpsertTable> create(data::Types row_types,
                                             std::vector<size_t> key_columns);
  virtual ~UpsertTable() = default;

  // Upserts of one step, in order. Rows have the row types.
  virtual void upsert(const duckdb::DataChunk& rows) = 0;
  // Keys to delete, with the types of the key columns. Unknown keys are fine.
  virtual void remove(const duckdb::DataChunk& keys) = 0;
  // Ends the step: what changed. Each key gives at most one -1 and one +1.
  virtual data::Delta finish_step() = 0;

  // Entries are encoded key ++ encoded whole row (so a row is entry.row()).
  virtual TraceSnapshot contents() const = 0;
  // Into a fresh table: another one's contents.
  virtual void load(TraceSnapshot contents) = 0;
  virtual int64_t state_bytes() const = 0;
};

}  // namespace kappa::flow
