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
  explicit CastColumn(const LogicalType& type) : JsonColumn(type.ToString()), type_(type) {}

  void bind(duckdb::Vector* target) override {
    JsonColumn::bind(target);
    target_ = target;
  }

  bool read_scalar(JsonToken token, uint64_t row, JsonError& error) override {
    std::string_view text;
    if (!get_string(token, text)) return fail(error, token);
    const auto value = cast_text(text, type_);
    if (!value) return fail(error, token);
    if (target_ != nullptr) target_->SetValue(row, *value);
    return true;
  }

 private:
  const LogicalType type_;
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
