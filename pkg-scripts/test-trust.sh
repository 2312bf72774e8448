#!/bin/sh
# Attacks everything that docs/TRUST.md promises, and says what was tried and survived, by kind and count. Some twenty minutes.
#   pkg-scripts/test-trust.sh                 FUZZ=seconds a fuzzer gets (20), SOAK=seconds of mixed load (60)
# OSUSUME_SKIP=1 goes on without a tool or a list that cannot be had, and says so.
# Needs what pkg-scripts/test.sh needs, and as root on Debian installs qemu-user. Run test.sh first: it builds the page and the package.
set -eu
cd "$(dirname "$0")/.."
say() { printf '\n== %s\n' "$*"; }
work=$(mktemp -d)
log=$work/log
trap 'rm -rf "$work"' EXIT
export OSUSUME_TALLY="$work/tally"
: > "$OSUSUME_TALLY"
failed=
# Runs what is left of the line; its output is shown where it fails.
ran() {
  what=$1
  shift
  if "$@" > "$log" 2>&1; then
    echo "$what: survived"
    sed -nE '/^[a-z]+: .*afterwards|executions, [0-9]+ targets|^npm (package|audit): |^skipped: /s/^/  /p' "$log"
    sed -n "s/^skipped: /skip	$what: /p" "$log" >> "$OSUSUME_TALLY"
  else
    tail -n 60 "$log" >&2
    echo "$what: FAILED"
    failed=1
  fi
}
# The same for programs of tests: none that runs, or one that is skipped, is a failure (count.py).
try() { what=$1; shift; ran "$what" python3 pkg-scripts/count.py --uncounted tests "$@"; grep '^  ' "$log" || :; }
# Says what cannot be tried here: a failure, unless OSUSUME_SKIP=1 allows it.
not_run() {
  echo "$1: not run: $2"
  printf 'skip\t%s: %s\n' "$1" "$2" >> "$OSUSUME_TALLY"
  [ "${OSUSUME_SKIP:-}" = 1 ] || failed=1
}
target=${CARGO_TARGET_DIR:-target}
export OSUSUME_BIN="$target/debug/osusume"
cargo build --quiet --package osusume-cli
cargo build --quiet --release --package osusume-cli
for built in target/site/index.html target/npm/index.js; do
  [ -f "$built" ] || { echo "test-trust.sh: $built is missing; pkg-scripts/test.sh makes it" >&2; exit 1; }
done

say "files: hostile ones by rule, their memory, signatures, every reader fuzzed"
try "a hostile file for each MUST of the format, releases of earlier versions" cargo test --package osusume-pack --test format
try "memory in proportion to the file" cargo test --package osusume-release --test memory
try "signatures by minisign" cargo test --package osusume-release --test signature
ran "fuzzers" pkg-scripts/fuzz.sh "${FUZZ:-20}"

say "networks, storage, pages"
try "faults at every file" node --test --test-reporter=tap tests/e2e/network.test.mjs
try "lines that fail for a moment" node --test --test-reporter=tap tests/js/retry.test.mjs tests/js/signature.test.mjs
try "a page on hosts that fail" node --test --test-reporter=tap --test-timeout=300000 tests/e2e/faults.test.mjs
try "the browser killed in an update" node --test --test-reporter=tap tests/e2e/killed.test.mjs
try "kept releases: updates that break off, full and refused storage, wrong clocks, two tabs" node --test --test-reporter=tap tests/e2e/offline.test.mjs tests/e2e/shell.test.mjs
try "hostile catalogues and addresses" node --test --test-reporter=tap tests/e2e/hostile.test.mjs
try "the element in a page that means ill" node --test --test-reporter=tap tests/e2e/element.test.mjs

say "the server"
try "malformed requests, paths that lead out" cargo test --package osusume-serve --test serve --test http
ran "floods, slow clients, few descriptors, mixed load" python3 pkg-scripts/trust/serve.py "$target/release/osusume" embeddings "${SOAK:-60}"

say "the same bytes everywhere"
faces="debug, release, HTTP, Node, Chromium"
OSUSUME_OTHERS="$target/release/osusume"
if [ "$(uname -m)" != x86_64 ]; then
  not_run "without AVX2" "this is no x86_64"
elif command -v qemu-x86_64 > /dev/null ||
  { [ "$(id -u)" = 0 ] && apt-get install -y -qq qemu-user > "$log" 2>&1; }; then
  faces="debug, release, without AVX2, HTTP, Node, Chromium"
  OSUSUME_OTHERS="$OSUSUME_OTHERS
qemu-x86_64 -cpu Nehalem $target/release/osusume"
else
  not_run "without AVX2" "qemu is missing (qemu-user)"
fi
export OSUSUME_OTHERS
try "300 requests: $faces" node --test --test-reporter=tap --test-timeout=300000 tests/e2e/agree.test.mjs

say "what it is made of"
ran "licences, sources, duplicates, known faults" pkg-scripts/trust/supply.sh
ran "the wasm module built twice is the same" pkg-scripts/trust/reproduce.sh

echo
sed -n 's/^skip	/skipped: /p' "$OSUSUME_TALLY"
[ -z "$failed" ] || { echo "something FAILED or was not run, see above"; exit 1; }
grep -q '^skip' "$OSUSUME_TALLY" && echo "all that ran survived" || echo "everything survived"
