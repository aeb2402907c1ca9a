#pragma once
// Rows to JSON objects and keys, for INSERT, UPDATE and DELETE on tables: the inverse of the
// decoder: decode(encode(row)) = row for every supported type.

#include <memory>
#include <string>
#include <vector>

#include "data/record.h"

namespace kappa::data {

class JsonEncoder {
 public:
  virtual ~JsonEncoder() = default;
  // Appends the object of row `row` of `chunk` (columns as declared) to `out`.
  // Errors: kInvalidArgument names the column whose value has no JSON form (NaN is written as a
  // string "NaN", "Infinity", "-Infinity", which the decoder takes back).
  virtual Status encode(const duckdb::DataChunk& chunk, size_t row, std::string& out) = 0;
};

StatusOr<std::unique_ptr<JsonEncoder>> make_json_encoder(std::vector<RecordColumn> columns);

// The record key of a table row. One key column: a VARCHAR's own bytes, else its JSON text (42,
// "2013-01-01"). Several: the JSON object of the key columns in the order of the declaration.
// decode_key() gives the key columns back, one row per key.
StatusOr<std::unique_ptr<JsonEncoder>> make_key_encoder(std::vector<RecordColumn> key_columns);
StatusOr<std::unique_ptr<RecordDecoder>> make_key_decoder(std::vector<RecordColumn> key_columns);

}  // namespace kappa::data
