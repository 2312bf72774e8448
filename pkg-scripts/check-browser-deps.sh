#!/bin/sh
# Holds the crates of the browser build to the committed list; --write writes it.
set -eu
cd "$(dirname "$0")/.."
list=pkg-scripts/browser-deps.txt
now=$(cargo tree --locked --package osusume --edges normal --target wasm32-unknown-unknown --prefix none --format '{p}' |
  sed -E 's/ \(.*$//' | grep -v '^osusume ' | sed 's/ v[0-9].*//' | LC_ALL=C sort -u)
if [ "${1:-}" = --write ]; then printf '%s\n' "$now" > "$list"; exit; fi
[ "$now" = "$(cat "$list")" ] && exit
echo "the crates of the browser build are not those of $list (pkg-scripts/check-browser-deps.sh --write):" >&2
printf '%s\n' "$now" | diff "$list" - >&2 || exit 1
