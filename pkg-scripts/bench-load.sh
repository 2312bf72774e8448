#!/bin/sh
# Builds the site and measures how soon it answers on a slow and on a fast line, in how many bytes, and again with the server
# stopped; and how soon <osusume-related> does on a page of its own.
#   npm ci && pkg-scripts/build-wasm.sh && pkg-scripts/bench-load.sh [--write]
# Fails where a first answer comes later than promised (docs/BENCHMARKS.md). Needs Chromium.
set -eu
cd "$(dirname "$0")/.."
pkg-scripts/build-site.sh >&2
pkg-scripts/build-npm.sh > /dev/null # the element alone
exec node benches/browser/load.mjs "$@"
