#!/usr/bin/env bash
# Builds DuckDB from its pinned source distribution into static libraries, once per version and set of flags.
# Usage: deps/duckdb.sh [--path]     --path prints the directory and builds nothing
# The result lies outside the checkout, in $KAPPA_DEPS (default ~/.cache/kappa):
#   duckdb-<version>-<key>/lib/*.a, include/ (src/include), third_party/utf8proc/include, complete (written last)
set -euo pipefail

version=2.0.0
sha256=09de511ef0dc76a5213e8d3d87a8b89bb4d3e8a6fe73a9f60dc001269946b44f
flags=(
  -DCMAKE_BUILD_TYPE=Release -DBUILD_SHELL=OFF -DBUILD_UNITTESTS=OFF
  -DENABLE_SANITIZER=OFF -DENABLE_UBSAN=OFF
  "-DBUILD_EXTENSIONS=parquet;json;icu;core_functions"
  -DOVERRIDE_GIT_DESCRIBE=v2.0.0 -DDISABLE_EXTENSION_LOAD=ON
  -DCMAKE_CXX_FLAGS=-fno-omit-frame-pointer
)
libraries=(duckdb_static core_functions_extension parquet_extension json_extension icu_extension)

deps="${KAPPA_DEPS:-$HOME/.cache/kappa}"
key=$(printf '%s\n' "$sha256" "${flags[@]}" | sha256sum | cut -c1-12)
prefix="$deps/duckdb-$version-$key"

if [ "${1:-}" = --path ]; then echo "$prefix"; exit 0; fi
if [ -f "$prefix/complete" ]; then exit 0; fi

mkdir -p "$deps/download" "$deps/src"
archive="$deps/download/duckdb-$version.tar.gz"
if ! echo "$sha256  $archive" | sha256sum --check --status 2>/dev/null; then
  echo "duckdb: downloading version $version from PyPI (17 MB)"
  python3 -m pip download --quiet --no-deps --no-binary duckdb --dest "$deps/download" "duckdb==$version"
fi
echo "$sha256  $archive" | sha256sum --check --status || {
  echo "duckdb: $archive does not have the pinned SHA-256 $sha256; delete it and run again" >&2; exit 1; }

build="$deps/build-$(basename "$prefix")"
source="$deps/src/duckdb-$version/external/duckdb"
if [ ! -f "$source/CMakeLists.txt" ]; then tar -xf "$archive" -C "$deps/src"; fi

echo "duckdb: building version $version (about 35 minutes on two cores, once per machine)"
cmake -S "$source" -B "$build" -G Ninja "${flags[@]}" >"$build.configure.log" 2>&1 || {
  tail -n 40 "$build.configure.log" >&2; exit 1; }
NINJA_STATUS='duckdb: [%f/%t, %e s] ' ninja -C "$build" "${libraries[@]}"

mkdir -p "$prefix/lib" "$prefix/third_party"
for library in "${libraries[@]}"; do
  find "$build" -name "lib$library.a" -exec cp {} "$prefix/lib/" \;
  [ -f "$prefix/lib/lib$library.a" ] || { echo "duckdb: lib$library.a was not built" >&2; exit 1; }
done
rm -rf "$prefix/include" && cp -r "$source/src/include" "$prefix/include"
mkdir -p "$prefix/third_party/utf8proc" && cp -r "$source/third_party/utf8proc/include" "$prefix/third_party/utf8proc/"
touch "$prefix/complete"
rm -rf "$build"
echo "duckdb: ready in $prefix"
