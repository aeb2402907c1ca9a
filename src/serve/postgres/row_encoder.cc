#include "serve/postgres/row_encoder.h"

#include <duckdb/common/vector_operations/vector_operations.hpp>

#include "base/bytes.h"
#include "serve/postgres/backend.h"
#include "serve/postgres/errors.h"
#include "serve/postgres/frontend.h"

namespace kappa::serve::postgres {
namespace {

using duckdb::LogicalType;
using duckdb::LogicalTypeId;

const LogicalType& element_type_of(const LogicalType& type) {
  return type.id() == LogicalTypeId::LIST ? duckdb::ListType::GetChildType(type)
                                          : duckdb::ArrayType::GetChildType(type);
}

CellEncoder::Append append_of(const LogicalType& type, int16_t format) {
  return format == kBinaryFormat ? binary_append_of(type) : text_append_of(type);
}

// Numbers of many widths are sent through their decimal text.
bool set_up_numeric(CellEncoder& encoder, const LogicalType& text_of, uint8_t scale) {
  CellEncoder text;
  text.append = text_append_of(text_of);
  text.scale = scale;
  if (text.append == nullptr) return false;
  encoder.element = std::make_shared<CellEncoder>(text);
  encoder.append = append_numeric_cell;
  return true;
}

// False where the type has no form of its own.
bool set_up(CellEncoder& encoder, const LogicalType& type, int16_t format) {
  encoder.type = pg_type_of(type);
  if (type.id() == LogicalTypeId::DECIMAL) encoder.scale = duckdb::DecimalType::GetScale(type);
  if (encoder.type.element_oid == 0) {
    if (format == kBinaryFormat && encoder.type.oid == oid::kNumeric) {
      return set_up_numeric(encoder, type, encoder.scale);
    }
    encoder.append = append_of(type, format);
    return encoder.append != nullptr;
  }
  auto element = std::make_shared<CellEncoder>();
  element->zone = encoder.zone;
  if (!set_up(*element, element_type_of(type), format)) return false;
  encoder.element = std::move(element);
  if (type.id() == LogicalTypeId::ARRAY) encoder.array_size = duckdb::ArrayType::GetSize(type);
  encoder.append = format == kBinaryFormat ? append_array_binary : append_array_text;
  return true;
}

}  // namespace

RowEncoder::RowEncoder(const std::vector<LogicalType>& types, const std::vector<int16_t>& formats,
                       absl::TimeZone zone, const std::vector<PgType>* described)
    : columns_(types.size()) {
  for (size_t i = 0; i < types.size(); ++i) {
    columns_[i].encoder.zone = zone;
    const PgType* told = described != nullptr && i < described->size() ? &(*described)[i] : nullptr;
    choose(columns_[i], types[i], format_at(formats, i), told);
  }
}

void RowEncoder::choose(Column& column, const LogicalType& type, int16_t format,
                        const PgType* described) {
  const bool is_as_told = described == nullptr || described->oid == pg_type_of(type).oid;
  if (!is_as_told) format = kTextFormat;
  if (set_up(column.encoder, type, format)) return;
  const LogicalType text(LogicalTypeId::VARCHAR);
  column.is_cast = true;
  if (format == kBinaryFormat && column.encoder.type.oid == oid::kNumeric) {
    set_up_numeric(column.encoder, text, 0);
  } else {
    column.encoder.append = text_append_of(text);
  }
}

void RowEncoder::load(duckdb::DataChunk& chunk) {
  for (size_t i = 0; i < columns_.size(); ++i) {
    Column& column = columns_[i];
    column.cells = {};
    duckdb::Vector* vector = &chunk.data[i];
    if (column.is_cast) {
      column.cast =
          std::make_unique<duckdb::Vector>(LogicalType(LogicalTypeId::VARCHAR), chunk.size());
      duckdb::VectorOperations::DefaultCast(*vector, *column.cast, chunk.size());
      vector = column.cast.get();
    }
    duckdb::Vector::RecursiveToUnifiedFormat(*vector, column.cells);
  }
}

bool RowEncoder::append_cell(std::string& out, size_t row, size_t column) const {
  const auto& cells = columns_[column].cells;
  const size_t index = cells.unified.sel->get_index(row);
  if (!cells.unified.validity.RowIsValid(index)) return false;
  columns_[column].encoder.write(out, cells, index);
  return true;
}

Status RowEncoder::append_row(std::string& out, size_t row) const {
  const size_t start = out.size();
  MessageScope message(out, 'D');
  try {
    append_cells(out, row);
  } catch (...) {
    message.drop();
    throw;
  }
  Status status = check_row_bytes(out.size() - start);
  if (!status.ok()) message.drop();
  return status;
}

Status RowEncoder::check_row_bytes(size_t bytes) const {
  if (bytes <= row_bytes_max_) return OkStatus();
  return wire_error("54000", "a row of the result is longer than {} bytes", row_bytes_max_);
}

void RowEncoder::append_cells(std::string& out, size_t row) const {
  const size_t row_start = out.size();
  Writer writer(out);
  writer.i16(static_cast<int16_t>(columns_.size()));
  for (size_t column = 0; column < columns_.size(); ++column) {
    const size_t start = out.size();
    writer.i32(-1);
    if (!append_cell(out, row, column)) continue;
    if (out.size() - row_start > row_bytes_max_) return;  // too long already
    writer.patch_i32(start, static_cast<int32_t>(out.size() - start - sizeof(int32_t)));
  }
}

ArraySlice::ArraySlice(const CellEncoder& encoder,
                       const duckdb::RecursiveUnifiedVectorFormat& cells, size_t index)
    : elements(cells.children[0]) {
  if (encoder.array_size != 0) {
    first = index * encoder.array_size;
    count = encoder.array_size;
    return;
  }
  const auto& entry = cells.unified.GetData<duckdb::list_entry_t>()[index];
  first = entry.offset;
  count = entry.length;
}

}  // namespace kappa::serve::postgres
