#pragma once
// Random types and values, for property tests.

#include <random>

#include <duckdb/common/types/value.hpp>

namespace kappa::data::testing {

using Random = std::mt19937_64;

// Any type that JSON carries, nested at most `depth` deep.
duckdb::LogicalType random_type(Random& random, int depth);

// A value of the type, NULL now and then; with extreme ones among them.
duckdb::Value random_value(Random& random, const duckdb::LogicalType& type);

}  // namespace kappa::data::testing
