#pragma once
// Kinds of values: what the generator tells apart when it puts expressions together. DuckDB's
// implicit casts do the rest.

#include <duckdb/common/types.hpp>

#include <string>
#include <vector>

#include "sql/random/random.h"

namespace kappa::random_sql {

enum class Kind {
  kInteger,
  kDecimal,
  kDouble,
  kText,
  kBoolean,
  kDate,
  kTime,
  kTimestamp,
  kTimestampTz,
  kInterval,
  kBlob,
  kUuid,
  kEnum,
  kIntegerList,
  kTextList,
  kStruct,
  kMap,
  kOther,  // can be selected, counted, grouped and compared with itself
};

struct Column {
  std::string name;  // as it is written in a query: qualified and quoted where needed
  std::string type;  // DuckDB's text
  Kind kind = Kind::kOther;
};

Kind kind_of(const duckdb::LogicalType& type);

// A constant of the kind, from few values, so that keys meet.
std::string literal(Random& random, Kind kind);

// Types of table columns, and a value for one as SQL text, now and then NULL or an extreme.
std::string random_column_type(Random& random);
std::string random_value(Random& random, const std::string& type, bool has_extremes);

}  // namespace kappa::random_sql
