// Included first in every unit of the modules that see DuckDB, by the compiler (cmake/module.cmake).
#include <algorithm>
#include <atomic>
#include <duckdb/common/types/data_chunk.hpp>
#include <duckdb/main/client_context.hpp>
#include <duckdb/main/connection.hpp>
#include <duckdb/planner/expression/bound_aggregate_expression.hpp>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <variant>
#include <vector>
