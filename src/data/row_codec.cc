#include "data/row_codec.h"

#include <cstring>
#include <duckdb/common/radix.hpp>
#include <duckdb/common/vector/flat_vector.hpp>
#include <duckdb/common/vector/string_vector.hpp>
#include <duckdb/function/create_sort_key.hpp>

#include "base/check.h"

namespace kappa::data {

namespace {

// The validity bytes of ascending order with NULLs last; the sort-key encoding fixes them.
constexpr char kValidByte = 1;
constexpr char kNullByte = 2;

duckdb::OrderModifiers ascending() {
  return {duckdb::OrderType::ASCENDING, duckdb::OrderByNullType::NULLS_LAST};
}

// Where each row's undecoded bytes begin and end.
struct Cursor {
  const char* position;
  const char* end;

  size_t remaining() const { return static_cast<size_t>(end - position); }
  // Reads the validity byte; true if a value follows.
  bool read_validity() {
    KAPPA_CHECK(remaining() >= 1);
    return *position++ != kNullByte;
  }
};

template <typename T>
void decode_fixed(std::vector<Cursor>& cursors, duckdb::Vector& out) {
  T* values = duckdb::FlatVector::GetDataMutable<T>(out);
  auto& validity = duckdb::FlatVector::ValidityMutable(out);
  for (size_t i = 0; i < cursors.size(); ++i) {
    Cursor& cursor = cursors[i];
    if (!cursor.read_validity()) {
      validity.SetInvalid(i);
      continue;
    }
    KAPPA_CHECK(cursor.remaining() >= sizeof(T));
    values[i] =
        duckdb::Radix::DecodeData<T>(reinterpret_cast<duckdb::const_data_ptr_t>(cursor.position));
    cursor.position += sizeof(T);
  }
}

// Text is stored with every byte incremented and a zero byte behind it.
void decode_text(std::vector<Cursor>& cursors, duckdb::Vector& out) {
  auto* values = duckdb::FlatVector::GetDataMutable<duckdb::string_t>(out);
  auto& validity = duckdb::FlatVector::ValidityMutable(out);
  for (size_t i = 0; i < cursors.size(); ++i) {
    Cursor& cursor = cursors[i];
    if (!cursor.read_validity()) {
      validity.SetInvalid(i);
      continue;
    }
    const void* zero = std::memchr(cursor.position, 0, cursor.remaining());
    KAPPA_CHECK(zero != nullptr);
    auto size = static_cast<size_t>(static_cast<const char*>(zero) - cursor.position);
    values[i] = duckdb::StringVector::EmptyString(out, size);
    char* text = values[i].GetDataWriteable();
    for (size_t k = 0; k < size; ++k) text[k] = static_cast<char>(cursor.position[k] - 1);
    values[i].Finalize();
    cursor.position += size + 1;
  }
}

void decode_any(std::vector<Cursor>& cursors, duckdb::Vector& out) {
  for (size_t i = 0; i < cursors.size(); ++i) {
    Cursor& cursor = cursors[i];
    duckdb::string_t key(cursor.position, static_cast<uint32_t>(cursor.remaining()));
    size_t used = duckdb::CreateSortKeyHelpers::DecodeSortKey(key, out, i, ascending());
    KAPPA_CHECK(used <= cursor.remaining());
    cursor.position += used;
  }
}

void decode_column(std::vector<Cursor>& cursors, duckdb::Vector& out) {
  using duckdb::PhysicalType;
  switch (out.GetType().InternalType()) {
    case PhysicalType::BOOL:
      return decode_fixed<bool>(cursors, out);
    case PhysicalType::INT8:
      return decode_fixed<int8_t>(cursors, out);
    case PhysicalType::INT16:
      return decode_fixed<int16_t>(cursors, out);
    case PhysicalType::INT32:
      return decode_fixed<int32_t>(cursors, out);
    case PhysicalType::INT64:
      return decode_fixed<int64_t>(cursors, out);
    case PhysicalType::UINT8:
      return decode_fixed<uint8_t>(cursors, out);
    case PhysicalType::UINT16:
      return decode_fixed<uint16_t>(cursors, out);
    case PhysicalType::UINT32:
      return decode_fixed<uint32_t>(cursors, out);
    case PhysicalType::UINT64:
      return decode_fixed<uint64_t>(cursors, out);
    case PhysicalType::INT128:
      return decode_fixed<duckdb::hugeint_t>(cursors, out);
    case PhysicalType::FLOAT:
      return decode_fixed<float>(cursors, out);
    case PhysicalType::DOUBLE:
      return decode_fixed<double>(cursors, out);
    case PhysicalType::VARCHAR:
      if (out.GetType().id() == duckdb::LogicalTypeId::VARCHAR) return decode_text(cursors, out);
      return decode_any(cursors, out);
    default:
      return decode_any(cursors, out);
  }
}

}  // namespace

struct EncodedRows::State {
  duckdb::DataChunk keys;  // one BLOB column
  const duckdb::string_t* rows = nullptr;
  size_t count = 0;

  State() { keys.Initialize(duckdb::Allocator::DefaultAllocator(), {duckdb::LogicalType::BLOB}); }
};

EncodedRows::EncodedRows() : state_(std::make_unique<State>()) {}
EncodedRows::~EncodedRows() = default;
EncodedRows::EncodedRows(EncodedRows&&) noexcept = default;
EncodedRows& EncodedRows::operator=(EncodedRows&&) noexcept = default;

size_t EncodedRows::size() const { return state_->count; }

std::string_view EncodedRows::operator[](size_t row) const {
  if (state_->rows == nullptr) return {};
  const duckdb::string_t& key = state_->rows[row];
  return {key.GetData(), key.GetSize()};
}

struct RowCodec::State {
  Types types;
  duckdb::vector<duckdb::OrderModifiers> modifiers;
  std::vector<Cursor> cursors;
};

RowCodec::RowCodec(Types types) : state_(std::make_unique<State>()) {
  state_->types = std::move(types);
  for (size_t i = 0; i < state_->types.size(); ++i) state_->modifiers.push_back(ascending());
}
RowCodec::~RowCodec() = default;
RowCodec::RowCodec(RowCodec&&) noexcept = default;
RowCodec& RowCodec::operator=(RowCodec&&) noexcept = default;

const Types& RowCodec::types() const { return state_->types; }

void RowCodec::encode(const duckdb::DataChunk& rows, EncodedRows& out) {
  auto& state = *out.state_;
  state.count = rows.size();
  state.rows = nullptr;
  if (state_->types.empty() || state.count == 0) return;
  state.keys.Reset();
  duckdb::CreateSortKeyHelpers::CreateSortKey(const_cast<duckdb::DataChunk&>(rows),
                                              state_->modifiers, state.keys.data[0]);
  state.rows = duckdb::FlatVector::GetData<duckdb::string_t>(state.keys.data[0]);
}

void RowCodec::decode(const std::vector<std::string_view>& rows, duckdb::DataChunk& out) {
  KAPPA_CHECK(rows.size() <= STANDARD_VECTOR_SIZE);
  out.Reset();
  auto& cursors = state_->cursors;
  cursors.clear();
  for (std::string_view row : rows) cursors.push_back({row.data(), row.data() + row.size()});
  for (auto& column : out.data) decode_column(cursors, column);
  if (out.ColumnCount() == 0) {
    out.SetCardinalityUnsafe(rows.size());
  } else {
    out.SetChildCardinality(rows.size());
  }
}

}  // namespace kappa::data
