#!/bin/sh
# Builds what is missing, assembles the site, serves it on this machine and prints its address.
#   pkg-scripts/demo.sh            until Ctrl-C          PORT=8080 takes that port instead of a free one
#   pkg-scripts/demo.sh --check    opens the page in headless Chromium, chooses Cowboy Bebop, prints one show of each list
# Needs Rust, Node and Python; --check also Chromium, which it installs where apt and root allow.
set -eu
cd "$(dirname "$0")/.."

say() { echo "demo: $*" >&2; }
stop() { say "$*"; exit 1; }
need() { command -v "$1" >/dev/null 2>&1 || stop "$1 is missing: install $2 and run this again"; }

case ${1:-} in
  '') check= ;;
  --check) check=1 ;;
  *) echo "usage: pkg-scripts/demo.sh [--check]" >&2; exit 2 ;;
esac
need python3 "Python 3.9 or later"
[ -f embeddings/manifest.json ] || stop "embeddings/manifest.json is missing: the clone is not complete (git status)"

# The module is built again only when something it is made of is newer.
wasm=www/client/wasm/osusume_bg.wasm
if [ ! -f "$wasm" ] || [ -n "$(find src Cargo.toml Cargo.lock -newer "$wasm" -print | head -n 1)" ]; then
  need cargo "Rust (rustup.rs)"
  say "building the WebAssembly module; the first time takes some minutes"
  pkg-scripts/build-wasm.sh >&2 || stop "the WebAssembly module did not build (see above)"
fi
if [ ! -x node_modules/.bin/esbuild ]; then
  need npm "npm"
  say "installing what compiles the scripts"
  npm ci --silent --no-audit --no-fund >&2 || stop "npm ci failed (see above)"
fi
pkg-scripts/build-site.sh >&2 || stop "the site could not be assembled (see above)"

if [ -z "$check" ]; then
  say "serving target/site, Ctrl-C stops"
  exec python3 pkg-scripts/serve.py target/site --port "${PORT:-0}" --quiet
fi

find_chromium() {
  for name in ${CHROMIUM:-} chromium chromium-browser google-chrome google-chrome-stable; do
    command -v "$name" 2>/dev/null && return
  done
  return 1
}
chromium=$(find_chromium) || {
  if command -v apt-get >/dev/null 2>&1 && [ "$(id -u)" = 0 ]; then
    say "installing Chromium (some 120 MB)"
    { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium; } >&2 || stop "Chromium could not be installed (see above)"
  fi
  chromium=$(find_chromium) || stop "Chromium is missing and only root can install it: apt-get install chromium, or set CHROMIUM to a browser's path"
}

work=$(mktemp -d)
trap 'kill "${server:-}" 2>/dev/null || :; rm -rf "$work"' EXIT INT TERM
python3 pkg-scripts/serve.py target/site --port 0 --quiet > "$work/url" 2> "$work/log" &
server=$!
tries=0
until [ -s "$work/url" ]; do
  tries=$((tries + 1))
  [ "$tries" -le 50 ] || stop "the server did not start: $(cat "$work/log")"
  sleep 0.1
done
url=$(cat "$work/url")

say "opening $url in $chromium"
need node "Node 20 or later"
CHROMIUM=$chromium node pkg-scripts/check-page.mjs "$url" || stop "the page did not answer as it should (see above)"
