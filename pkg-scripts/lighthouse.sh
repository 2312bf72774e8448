#!/bin/sh
# Audits the built page with Lighthouse's mobile preset and fails below what the page promises: performance 95, all else 100,
# layout shift below 0.02, no task over 50 ms on the page's thread once it is loaded.
#   pkg-scripts/build-site.sh && pkg-scripts/lighthouse.sh [#address]
# Lighthouse is installed once, outside the tree; the reports stay in target/lighthouse/. The page is served compressed.
set -eu
cd "$(dirname "$0")/.."
version=12.8.2 # the last one for Node 20
cache=${XDG_CACHE_HOME:-$HOME/.cache}/osusume/lighthouse-$version
[ -d "$cache/node_modules/lighthouse" ] || npm install --silent --no-audit --no-fund --prefix "$cache" "lighthouse@$version" >&2
LIGHTHOUSE="$cache/node_modules/lighthouse" exec node pkg-scripts/lighthouse.mjs "${1:-}"
