#pragma once
// A small language for tests of decoders: types by their SQL names, records as texts, rows as
// texts.

#include <string>
#include <string_view>
#include <vector>

#include "data/record.h"

namespace kappa::data::testing {

// INTEGER, DECIMAL(9,2), STRUCT(a INTEGER, b VARCHAR[]), …
duckdb::LogicalType sql_type(const std::string& name);

RecordView record_of(std::string_view value);

// A chunk with these types, ready to be decoded into.
std::unique_ptr<duckdb::DataChunk> make_chunk(const Types& types);

// Row `row` as "1|abc|NULL".
std::string row_text(const duckdb::DataChunk& chunk, size_t row);

// What became of the records: rows as texts, in order, with "bad: reason" in the places of the bad.
std::vector<std::string> decode_all(RecordDecoder& decoder, std::span<const RecordView> records);

}  // namespace kappa::data::testing
