#!/bin/sh
# Attacks everything that docs/TRUST.md promises, and says what was tried and survived, by kind and count. Some twenty minutes.
#   pkg-scripts/test-trust.sh                 FUZZ=seconds a fuzzer gets (20), SOAK=seconds of mixed load (60)
# Needs what pkg-scripts/test.sh needs, and as root on Debian installs qemu-user. Run test.sh first: it builds the page and the package.
set -eu
cd "$(dirname "$0")/.."
say() { printf '\n== %s\n' "$*"; }
log=$(mktemp)
trap 'rm -f "$log"' EXIT
failed=
# Runs what is left of the line; its output is shown where it fails.
try() {
  what=$1
  shift
  if "$@" > "$log" 2>&1; then
    tests=$(sed -nE 's/^# pass ([0-9]+)$/\1/p; s/^test result: ok\. ([0-9]+) passed.*/\1/p' "$log" | paste -sd+ - | sed 's/^$/0/')
    tests=$(($tests)) # a sum, where several programs tested
    [ "$tests" = 0 ] && echo "$what: survived" || echo "$what: $tests tests survived"
    grep -E '^# *# |^[a-z]+: .*afterwards|executions$' "$log" | sed -E 's/^# *# */  /' || :
  else
    tail -n 60 "$log" >&2
    echo "$what: FAILED"
    failed=1
  fi
}
target=${CARGO_TARGET_DIR:-target}
export OSUSUME_BIN="$target/debug/osusume"
cargo build --quiet --package osusume-cli
cargo build --quiet --release --package osusume-cli
for built in target/site/index.html target/npm/index.js; do
  [ -f "$built" ] || { echo "test-trust.sh: $built is missing; pkg-scripts/test.sh makes it" >&2; exit 1; }
done

say "files: hostile ones by rule, their memory, signatures, every reader fuzzed"
try "a hostile file for each MUST of the format, releases of earlier versions" cargo test --quiet --package osusume-pack --test format
try "memory in proportion to the file" cargo test --quiet --package osusume-release --test memory
try "signatures by minisign" cargo test --quiet --package osusume-release --test signature
try "fuzzers" pkg-scripts/fuzz.sh "${FUZZ:-20}"

say "networks, storage, pages"
try "faults at every file" node --test tests/e2e/network.test.mjs
try "lines that fail for a moment" node --test tests/js/patience.test.mjs tests/js/signature.test.mjs
try "a page on hosts that fail" node --test --test-timeout=300000 tests/e2e/faults.test.mjs
try "the browser killed in an update" node --test tests/e2e/killed.test.mjs
try "kept releases: updates that break off, full and refused storage, wrong clocks, two tabs" node --test tests/e2e/offline.test.mjs tests/e2e/shell.test.mjs
try "hostile catalogues and addresses" node --test tests/e2e/hostile.test.mjs
try "the element in a page that means ill" node --test tests/e2e/element.test.mjs

say "the server"
try "malformed requests, paths that lead out" cargo test --quiet --package osusume-serve --test serve --test http
try "floods, slow clients, few descriptors, mixed load" python3 pkg-scripts/trust/serve.py "$target/release/osusume" embeddings "${SOAK:-60}"

say "the same bytes everywhere"
command -v qemu-x86_64 > /dev/null || { [ "$(id -u)" = 0 ] && apt-get install -y -qq qemu-user > "$log" 2>&1; } || echo "without qemu-user: processors without AVX2 are left out" >&2
OSUSUME_OTHERS="$target/release/osusume"
if [ "$(uname -m)" = x86_64 ] && command -v qemu-x86_64 > /dev/null; then
  OSUSUME_OTHERS="$OSUSUME_OTHERS
qemu-x86_64 -cpu Nehalem $target/release/osusume"
fi
export OSUSUME_OTHERS
try "300 requests: debug, release, without AVX2, HTTP, Node, Chromium" node --test --test-timeout=300000 tests/e2e/agree.test.mjs

say "what it is made of"
try "licences, sources, duplicates, known faults" pkg-scripts/trust/supply.sh
try "the wasm module built twice is the same" pkg-scripts/trust/reproduce.sh

echo
[ -z "$failed" ] && echo "everything survived" || { echo "something FAILED, see above"; exit 1; }
