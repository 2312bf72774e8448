#!/bin/sh
# Times osusume beside what people use today, in one Chromium run, and writes the parts of docs/BENCHMARKS.md and its plots.
#   pkg-scripts/bench-browser.sh            ten minutes on an idle machine, most of it building the peers' indexes
#   pkg-scripts/bench-browser.sh --quick    without 100,000 rows and the peers that take long to build
# The peers come from npm, into benches/browser/node_modules alone.
set -eu
cd "$(dirname "$0")/.."
[ -d node_modules ] || npm ci --silent --no-audit --no-fund
(cd benches/browser && npm ci --ignore-scripts --silent --no-audit --no-fund)
[ -f www/client/wasm/osusume_bg.wasm ] || pkg-scripts/build-wasm.sh
pkg-scripts/build-client.sh
exec node benches/browser/bench.mjs "$@"
