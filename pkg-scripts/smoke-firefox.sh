#!/bin/sh
# Opens the built page in Firefox and asks it the main things: both lists, a profile, the map, offline, an empty console.
#   apt-get install firefox-esr && pkg-scripts/build-site.sh && pkg-scripts/smoke-firefox.sh
# Playwright wants a Firefox of its own build; puppeteer-core speaks WebDriver BiDi to any, and is installed once, outside the tree.
set -eu
cd "$(dirname "$0")/.."
version=24.42.0
cache=${XDG_CACHE_HOME:-$HOME/.cache}/osusume/puppeteer-core-$version
[ -d "$cache/node_modules/puppeteer-core" ] || npm install --silent --no-audit --no-fund --prefix "$cache" "puppeteer-core@$version" >&2
PUPPETEER="$cache/node_modules/puppeteer-core" exec node pkg-scripts/smoke-firefox.mjs
