// The rarer types that are JSON strings in DuckDB's own text form, read by DuckDB's own cast.

#include <duckdb/common/types/value.hpp>

#include <exception>

#include "data/json_column.h"

namespace kappa::data {
namespace {

using duckdb::LogicalType;
using duckdb::LogicalTypeId;

class CastColumn : public JsonColumn {
 public:
  explicit CastColumn(const LogicalType& type) : type_(type), name_(type.ToString()) {}

  void bind(duckdb::Vector* target) override {
    JsonColumn::bind(target);
    target_ = target;
  }

  bool read(JsonCursor& cursor, uint64_t row, JsonError& error) override {
    std::string_view text;
    if (!cursor.get_string(text)) return error.expected(name_, cursor);
    const auto value = cast_text(text, type_);
    if (!value) return error.expected(name_, cursor);
    if (target_ != nullptr) target_->SetValue(row, *value);
    cursor.advance();
    return true;
  }

 private:
  const LogicalType type_;
  const std::string name_;
  duckdb::Vector* target_ = nullptr;
};

}  // namespace

std::optional<duckdb::Value> cast_text(std::string_view text, const LogicalType& type) {
  try {
    std::string message;
    auto value = duckdb::Value(std::string(text)).DefaultTryCastAs(type, &message, /*strict=*/true);
    if (!value || value->IsNull()) return std::nullopt;
    return std::move(*value);
  } catch (const std::exception&) {
    return std::nullopt;
  }
}

std::unique_ptr<JsonColumn> make_json_cast_column(const LogicalType& type) {
  switch (type.id()) {
    case LogicalTypeId::INTERVAL:
    case LogicalTypeId::TIME_TZ:
    case LogicalTypeId::TIME_NS:
    case LogicalTypeId::BIT:
    case LogicalTypeId::BIGNUM:
      return std::make_unique<CastColumn>(type);
    default:
      return nullptr;
  }
}

}  // namespace kappa::data
