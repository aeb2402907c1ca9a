# Third-party libraries: Debian 12's packages, and DuckDB as deps/duckdb.sh built it.
find_package(Threads REQUIRED)
find_package(absl REQUIRED)
find_package(fmt REQUIRED)
find_package(spdlog REQUIRED)
find_package(CLI11 REQUIRED)
find_package(simdjson REQUIRED)
find_package(ZLIB REQUIRED)
find_package(GTest REQUIRED)
find_package(benchmark REQUIRED)
find_package(PkgConfig REQUIRED)
pkg_check_modules(LZ4 REQUIRED IMPORTED_TARGET liblz4)
pkg_check_modules(ZSTD REQUIRED IMPORTED_TARGET libzstd)
pkg_check_modules(RE2 REQUIRED IMPORTED_TARGET re2)
pkg_check_modules(RDKAFKA REQUIRED IMPORTED_TARGET rdkafka)
pkg_check_modules(LIBPQ REQUIRED IMPORTED_TARGET libpq)
find_library(SNAPPY_LIBRARY snappy REQUIRED)
# Asio is used without Boost's compiled parts.
find_path(BOOST_ASIO_INCLUDE boost/asio.hpp REQUIRED)

execute_process(COMMAND "${CMAKE_SOURCE_DIR}/deps/duckdb.sh" --path
                OUTPUT_VARIABLE DUCKDB_PREFIX OUTPUT_STRIP_TRAILING_WHITESPACE)
set(DUCKDB_PREFIX "${DUCKDB_PREFIX}" CACHE PATH "where deps/duckdb.sh put DuckDB" FORCE)
if(NOT EXISTS "${DUCKDB_PREFIX}/complete")
  message(WARNING "DuckDB is not built yet: run deps/duckdb.sh (targets that need it will not link)")
endif()
file(MAKE_DIRECTORY "${DUCKDB_PREFIX}/include" "${DUCKDB_PREFIX}/third_party/utf8proc/include")
add_library(duckdb_bundle INTERFACE)
target_include_directories(duckdb_bundle SYSTEM INTERFACE
  "${DUCKDB_PREFIX}/include" "${DUCKDB_PREFIX}/third_party/utf8proc/include")
# Extensions before the core: the other order leaves symbols undefined.
target_link_libraries(duckdb_bundle INTERFACE
  "${DUCKDB_PREFIX}/lib/libcore_functions_extension.a" "${DUCKDB_PREFIX}/lib/libparquet_extension.a"
  "${DUCKDB_PREFIX}/lib/libjson_extension.a" "${DUCKDB_PREFIX}/lib/libicu_extension.a"
  "${DUCKDB_PREFIX}/lib/libduckdb_static.a" Threads::Threads dl)
