// BOOLEAN, integers, floats and decimals.

#include <duckdb/common/types/value.hpp>

#include <algorithm>
#include <limits>
#include <utility>

#include "data/json_column.h"
#include "data/json_number.h"

namespace kappa::data {
namespace {

using duckdb::LogicalType;
using duckdb::LogicalTypeId;

class BooleanColumn : public JsonFlatColumn<bool> {
 public:
  using JsonFlatColumn::JsonFlatColumn;

  bool read_scalar(JsonToken token, uint64_t row, JsonError& error) override {
    const auto text = token.text();
    const bool value = text == "true";
    if (!value && text != "false") return fail(error, token);
    put(row, value);
    return true;
  }
};

template <typename T>
bool to_integer(const JsonNumber& number, T& value) {
  using Limits = std::numeric_limits<T>;
  if (!number.is_integer || number.is_long) return false;
  const auto max = static_cast<uint64_t>(Limits::max());
  if (!number.is_negative) {
    value = static_cast<T>(number.digits);
    return number.digits <= max;
  }
  value = static_cast<T>(-number.digits);
  return number.digits <= (Limits::is_signed ? max + 1 : 0);
}

template <typename T>
class IntegerColumn : public JsonFlatColumn<T> {
 public:
  using JsonFlatColumn<T>::JsonFlatColumn;

  bool read_scalar(JsonToken token, uint64_t row, JsonError& error) override {
    const bool is_negative = *token.begin == '-';
    const char* first = token.begin + is_negative;
    const char* at = first;
    const uint64_t digits = read_digits(at, 0);
    const bool is_plain = at == token.end && at - first < 19 && (*first != '0' || at - first == 1);
    const auto value = static_cast<int64_t>(is_negative ? -digits : digits);
    if (!is_plain || at == first || !std::in_range<T>(value)) [[unlikely]] {
      return read_any(token, row, error);
    }
    this->put(row, static_cast<T>(value));
    return true;
  }

 private:
  [[gnu::noinline]] bool read_any(JsonToken token, uint64_t row, JsonError& error) {
    JsonNumber number;
    T value;
    if (!scan_number(token.raw(), number) || !to_integer(number, value)) {
      return this->fail(error, token);
    }
    this->put(row, value);
    return true;
  }
};

// HUGEINT and UHUGEINT: the 128-bit integers, from the digits by DuckDB's own cast when long.
template <typename T>
class HugeIntegerColumn : public JsonFlatColumn<T> {
 public:
  explicit HugeIntegerColumn(const LogicalType& type)
      : JsonFlatColumn<T>(type.ToString()), type_(type) {}

  bool read_scalar(JsonToken token, uint64_t row, JsonError& error) override {
    JsonNumber number;
    T value;
    if (!scan_number(token.raw(), number) || !number.is_integer ||
        !convert(number, token.text(), value)) {
      return this->fail(error, token);
    }
    this->put(row, value);
    return true;
  }

 private:
  bool convert(const JsonNumber& number, std::string_view token, T& value) const {
    if (!number.is_long && !number.is_negative) {
      value = T(0, number.digits);
      return true;
    }
    const auto cast = cast_text(token, type_);
    if (cast) value = cast->template GetValueUnsafe<T>();
    return cast.has_value();
  }

  const LogicalType type_;
};

bool special_double(std::string_view text, double& value) {
  if (text == "NaN") {
    value = std::numeric_limits<double>::quiet_NaN();
  } else if (text == "Infinity") {
    value = std::numeric_limits<double>::infinity();
  } else if (text == "-Infinity") {
    value = -std::numeric_limits<double>::infinity();
  } else {
    return false;
  }
  return true;
}

bool convert_number(const JsonNumber& number, std::string_view text, double& value) {
  return to_double(number, text, value);
}
bool convert_number(const JsonNumber& number, std::string_view text, float& value) {
  return to_float(number, text, value);
}

template <typename T>
class FloatColumn : public JsonFlatColumn<T> {
 public:
  using JsonFlatColumn<T>::JsonFlatColumn;

  bool read_scalar(JsonToken token, uint64_t row, JsonError& error) override {
    JsonNumber number;
    T value;
    if (scan_number(token.raw(), number)) [[likely]] {
      if (!convert_number(number, token.raw(), value)) return this->fail(error, token);
    } else if (!read_special(token, value)) {
      return this->fail(error, token);
    }
    this->put(row, value);
    return true;
  }

 private:
  bool read_special(JsonToken token, T& value) {
    double special;
    std::string_view text;
    if (!this->get_string(token, text) || !special_double(text, special)) return false;
    value = static_cast<T>(special);
    return true;
  }
};

constexpr uint64_t kPowersOfTen[] = {1,
                                     10,
                                     100,
                                     1'000,
                                     10'000,
                                     100'000,
                                     1'000'000,
                                     10'000'000,
                                     100'000'000,
                                     1'000'000'000,
                                     10'000'000'000,
                                     100'000'000'000,
                                     1'000'000'000'000,
                                     10'000'000'000'000,
                                     100'000'000'000'000,
                                     1'000'000'000'000'000,
                                     10'000'000'000'000'000,
                                     100'000'000'000'000'000,
                                     1'000'000'000'000'000'000};

// T is what DuckDB stores a decimal of this width in.
template <typename T>
class DecimalColumn : public JsonFlatColumn<T> {
 public:
  explicit DecimalColumn(const LogicalType& type)
      : JsonFlatColumn<T>(type.ToString()),
        type_(type),
        width_(duckdb::DecimalType::GetWidth(type)),
        scale_(duckdb::DecimalType::GetScale(type)) {}

  bool read_scalar(JsonToken token, uint64_t row, JsonError& error) override {
    JsonNumber number;
    T value;
    if (scan_number(token.raw(), number)) [[likely]] {
      if (!convert(number, value) && !cast(token.text(), value)) {
        return this->fail(error, token);
      }
    } else if (std::string_view text; !this->get_string(token, text) || !cast(text, value)) {
      return this->fail(error, token);
    }
    this->put(row, value);
    return true;
  }

 private:
  // Numbers that 64 bits hold exactly; false leaves the others to cast().
  bool convert(const JsonNumber& number, T& value) const {
    const int64_t shift = scale_ + number.exponent;
    if (number.is_long || number.has_exponent || shift < 0) return false;
    if (number.digit_count + static_cast<uint64_t>(shift) > std::min<uint64_t>(width_, 18)) {
      return false;
    }
    const auto scaled = static_cast<int64_t>(number.digits * kPowersOfTen[shift]);
    value = static_cast<T>(number.is_negative ? -scaled : scaled);
    return true;
  }

  // DuckDB's cast of the text, which rounds; of numbers and strings alike.
  bool cast(std::string_view text, T& value) const {
    const auto cast = cast_text(text, type_);
    if (cast) value = cast->template GetValueUnsafe<T>();
    return cast.has_value();
  }

  const LogicalType type_;
  const uint8_t width_;
  const uint8_t scale_;
};

std::unique_ptr<JsonColumn> make_decimal_column(const LogicalType& type) {
  switch (type.InternalType()) {
    case duckdb::PhysicalType::INT16:
      return std::make_unique<DecimalColumn<int16_t>>(type);
    case duckdb::PhysicalType::INT32:
      return std::make_unique<DecimalColumn<int32_t>>(type);
    case duckdb::PhysicalType::INT64:
      return std::make_unique<DecimalColumn<int64_t>>(type);
    default:
      return std::make_unique<DecimalColumn<duckdb::hugeint_t>>(type);
  }
}

}  // namespace

std::unique_ptr<JsonColumn> make_json_number_column(const LogicalType& type) {
  const auto name = type.ToString();
  switch (type.id()) {
    case LogicalTypeId::BOOLEAN:
      return std::make_unique<BooleanColumn>(name);
    case LogicalTypeId::TINYINT:
      return std::make_unique<IntegerColumn<int8_t>>(name);
    case LogicalTypeId::SMALLINT:
      return std::make_unique<IntegerColumn<int16_t>>(name);
    case LogicalTypeId::INTEGER:
      return std::make_unique<IntegerColumn<int32_t>>(name);
    case LogicalTypeId::BIGINT:
      return std::make_unique<IntegerColumn<int64_t>>(name);
    case LogicalTypeId::UTINYINT:
      return std::make_unique<IntegerColumn<uint8_t>>(name);
    case LogicalTypeId::USMALLINT:
      return std::make_unique<IntegerColumn<uint16_t>>(name);
    case LogicalTypeId::UINTEGER:
      return std::make_unique<IntegerColumn<uint32_t>>(name);
    case LogicalTypeId::UBIGINT:
      return std::make_unique<IntegerColumn<uint64_t>>(name);
    case LogicalTypeId::HUGEINT:
      return std::make_unique<HugeIntegerColumn<duckdb::hugeint_t>>(type);
    case LogicalTypeId::UHUGEINT:
      return std::make_unique<HugeIntegerColumn<duckdb::uhugeint_t>>(type);
    case LogicalTypeId::FLOAT:
      return std::make_unique<FloatColumn<float>>(name);
    case LogicalTypeId::DOUBLE:
      return std::make_unique<FloatColumn<double>>(name);
    case LogicalTypeId::DECIMAL:
      return make_decimal_column(type);
    default:
      return nullptr;
  }
}

}  // namespace kappa::data
