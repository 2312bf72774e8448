#!/bin/sh
# Builds the site and measures how soon it answers on a slow and on a fast line, and again with the server stopped.
#   npm ci && pkg-scripts/build-wasm.sh && pkg-scripts/bench-load.sh [--write]
# Fails where a first answer comes later than promised (docs/BENCHMARKS.md). Needs Chromium.
set -eu
cd "$(dirname "$0")/.."
pkg-scripts/build-site.sh >&2
exec node benches/browser/load.mjs "$@"
