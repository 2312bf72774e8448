#!/bin/sh
# Installs the packed npm package in an empty project for each way people use it, and tries it there.
#   pkg-scripts/test-consumers.sh                all: some minutes, most of them npm's
#   pkg-scripts/test-consumers.sh plain vite     these; the names are the folders in tests/consumers/
set -eu
cd "$(dirname "$0")/.."
[ -d node_modules ] || npm ci --silent --no-audit --no-fund
packed=$(pkg-scripts/build-npm.sh) || { echo "$packed" >&2; exit 1; }
[ $# = 0 ] || export CONSUMERS="$*"
exec node --test tests/consumers/consumers.test.mjs
