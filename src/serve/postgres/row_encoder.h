#pragma once
// Rows of DuckDB chunks as PostgreSQL's clients read them, in the text or the binary format, column
// by column decided once: a column's cells are written by one function that was picked for its type
// and format. Types that PostgreSQL does not have are cast to text by DuckDB first.

#include <absl/time/time.h>

#include <memory>
#include <string>
#include <vector>

#include <duckdb/common/types/data_chunk.hpp>

#include "base/status.h"
#include "serve/postgres/types.h"

namespace kappa::serve::postgres {

constexpr int16_t kTextFormat = 0;
constexpr int16_t kBinaryFormat = 1;
// As PostgreSQL's; a message's length is an int32.
constexpr size_t kRowBytesMax = size_t{1} << 30;

// Writes cells of one type: what a column, or the elements of an array, is encoded with.
struct CellEncoder {
  using Append = void (*)(const CellEncoder& encoder, std::string& out,
                          const duckdb::RecursiveUnifiedVectorFormat& cells, size_t index);
  Append append = nullptr;
  PgType type;
  uint8_t scale = 0;      // of a DECIMAL
  size_t array_size = 0;  // of T[n]; 0: a list
  absl::TimeZone zone;
  std::shared_ptr<const CellEncoder> element;  // of an array; a binary numeric's text

  // `index` is a position in the vector's data (the selection is already applied).
  void write(std::string& out, const duckdb::RecursiveUnifiedVectorFormat& cells,
             size_t index) const {
    append(*this, out, cells, index);
  }
};

// The functions for leaf types; nullptr where only a cast to text helps (cell_text.cc,
// cell_binary.cc). Binary numerics and arrays are built on another encoder.
CellEncoder::Append text_append_of(const duckdb::LogicalType& type);
CellEncoder::Append binary_append_of(const duckdb::LogicalType& type);
void append_numeric_cell(const CellEncoder& encoder, std::string& out,
                         const duckdb::RecursiveUnifiedVectorFormat& cells, size_t index);
void append_array_text(const CellEncoder& encoder, std::string& out,
                       const duckdb::RecursiveUnifiedVectorFormat& cells, size_t index);
void append_array_binary(const CellEncoder& encoder, std::string& out,
                         const duckdb::RecursiveUnifiedVectorFormat& cells, size_t index);

// Thread-compatible. May throw what DuckDB throws.
class RowEncoder {
 public:
  // `formats` as in a Bind message: none, one for all, or one per column. `described`: the types
  // that the client was told before, if any: a column of another type is sent as its text.
  RowEncoder(const std::vector<duckdb::LogicalType>& types, const std::vector<int16_t>& formats,
             absl::TimeZone zone, const std::vector<PgType>* described = nullptr);

  size_t column_count() const { return columns_.size(); }
  // Makes the rows of the chunk readable by the calls below; the chunk must outlive them.
  void load(duckdb::DataChunk& chunk);
  // Row `row` of the loaded chunk as one DataRow message. Errors: 54000 for a row that is too long;
  // then, and when it throws, `out` is as before.
  Status append_row(std::string& out, size_t row) const;
  void set_row_bytes_max(size_t bytes) { row_bytes_max_ = bytes; }
  // What is wrong with a row of which `bytes` have been written.
  Status check_row_bytes(size_t bytes) const;
  // One cell's bytes without a length; false for NULL.
  bool append_cell(std::string& out, size_t row, size_t column) const;

 private:
  struct Column {
    CellEncoder encoder;
    bool is_cast = false;  // to VARCHAR, before it is encoded
    duckdb::RecursiveUnifiedVectorFormat cells;
    std::unique_ptr<duckdb::Vector> cast;
  };
  static void choose(Column& column, const duckdb::LogicalType& type, int16_t format,
                     const PgType* described);

  void append_cells(std::string& out, size_t row) const;

  std::vector<Column> columns_;
  size_t row_bytes_max_ = kRowBytesMax;
};

// An encoder that reads `cells` as PostgreSQL's arrays: the child's cells of row `index`.
struct ArraySlice {
  const duckdb::RecursiveUnifiedVectorFormat& elements;
  size_t first;
  size_t count;

  ArraySlice(const CellEncoder& encoder, const duckdb::RecursiveUnifiedVectorFormat& cells,
             size_t index);
  // Position of element i in the child's data.
  size_t position(size_t i) const { return elements.unified.sel->get_index(first + i); }
  bool is_null(size_t i) const { return !elements.unified.validity.RowIsValid(position(i)); }
};

}  // namespace kappa::serve::postgres
