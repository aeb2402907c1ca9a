#pragma once
// A RecordDecoder put together from parts: one for what the format decodes from the value, and
// parts that every format shares (see metadata_columns.h). A record is a row if all parts can read
// it.
//
// Adding a record format: a RecordPart that reads the value columns, and a make_x_decoder() beside
// make_json_decoder() that hands it to make_parts_decoder().

#include <memory>
#include <vector>

#include "data/record.h"

namespace kappa::data {

// Reads some of a record's columns. Confined to one thread.
class RecordPart {
 public:
  virtual ~RecordPart() = default;
  // Before the records of a chunk: rows go to `out` (borrowed until finish).
  virtual void start(duckdb::DataChunk& out) = 0;
  // Reads one record into row `row`. False with `reason` set if it does not decode; the next record
  // then gets the same row.
  virtual bool read(const RecordView& record, size_t row, std::string& reason) = 0;
  // After the last of `row_count` rows.
  virtual void finish(size_t row_count) = 0;
};

std::unique_ptr<RecordDecoder> make_parts_decoder(std::vector<std::unique_ptr<RecordPart>> parts,
                                                  Types output_types);

// The types of the columns in use.
Types used_types(const std::vector<RecordColumn>& columns, const std::vector<size_t>& used);
// Which vector of the output a column goes to; nullopt if it is not in use. A column may be used
// once.
std::optional<size_t> output_of(size_t column, const std::vector<size_t>& used);
// Checks that `used` are indexes into `columns`, each once.
Status check_used(const std::vector<RecordColumn>& columns, const std::vector<size_t>& used);

}  // namespace kappa::data
