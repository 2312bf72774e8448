#!/bin/sh
# Installs what the tests need and runs them all; the gate runs exactly this.
#   pkg-scripts/test.sh          what the gate runs; half an hour and more on two slow cores
#   pkg-scripts/test.sh --all    also what is long
# Needs Rust (rustup), Node 20 and Python 3. Slow tools are kept in the cache folder, outside the tree.
set -eu
cd "$(dirname "$0")/.."

say() { printf '\n== %s\n' "$*"; }
stop() { echo "test: $*" >&2; exit 1; }
need() { command -v "$1" >/dev/null 2>&1 || stop "$1 is missing: install $2 and run this again"; }
case ${1:-} in
  '') all= ;;
  --all) all=1 ;;
  *) echo "usage: pkg-scripts/test.sh [--all]" >&2; exit 2 ;;
esac
need cargo "Rust (rustup.rs)"
need node "Node 20 or later"
need npm "npm"
need python3 "Python 3.9 or later"

cache=${XDG_CACHE_HOME:-$HOME/.cache}/osusume
bindgen=0.2.130 # the version of wasm-bindgen in Cargo.toml
mkdir -p "$cache"
log=$(mktemp)
trap 'rm -f "$log"' EXIT

say "tools"
missing=
[ -x /usr/bin/chromium ] || missing="$missing chromium"
[ -x /usr/bin/chromedriver ] || missing="$missing chromium-driver"
python3 -m pip --version >/dev/null 2>&1 || missing="$missing python3-pip"
[ ! -x /usr/bin/cargo ] || [ -x /usr/bin/cargo-clippy ] || missing="$missing rust-web-clippy" # for Debian's wasm compiler
if [ -n "$missing" ]; then
  [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1 || stop "as root on Debian: apt-get install$missing"
  echo "installing$missing ..."
  { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing; } > "$log" 2>&1 ||
    { cat "$log" >&2; stop "these packages could not be installed (see above):$missing"; }
fi
tools=$cache/wasm-bindgen-$bindgen
if [ ! -x "$tools/bin/wasm-bindgen-test-runner" ]; then
  echo "building the runner of the wasm tests, once (some minutes) ..."
  # Not optimised: it takes four seconds more of each run, and four minutes less to build.
  CARGO_PROFILE_DEV_DEBUG=0 cargo install wasm-bindgen-cli --version "$bindgen" --debug --bin wasm-bindgen-test-runner --root "$tools" > "$log" 2>&1 || { tail -n 30 "$log" >&2; stop "wasm-bindgen-cli did not build (see above)"; }
fi
PATH=$tools/bin:$PATH
export PATH CHROMEDRIVER=/usr/bin/chromedriver
npm ci --silent --no-audit --no-fund > "$log" 2>&1 || { cat "$log" >&2; stop "npm ci failed (see above)"; }
model=$(pkg-scripts/fetch-encoder.sh 2> "$log") || { cat "$log" >&2; stop "the sentence encoder could not be had (see above)"; }
export OSUSUME_ENCODER="$model"
pkg-scripts/fetch-ml-100k.sh > "$log" 2>&1 || { cat "$log" >&2; stop "the MovieLens sample could not be had (see above)"; }

say "form: rustfmt, clippy"
cargo fmt --all --check
# Linted where it is compiled for the tests, warnings denied.
linted() { env RUSTC_WORKSPACE_WRAPPER="$PWD/pkg-scripts/lint/rustc.sh" "$@"; }
tested='--features lambda --bins --examples --test *' # beside the default features: every part but the glue
set -f # the star is cargo's
linted cargo test --quiet --no-run $tested --bench '*'
some=release # each set compiles its own dependencies
[ -z "$all" ] || some='tables release pack map train import encode http serve remote lambda cli glue'
for each in "" $some; do
  linted cargo check --quiet --no-default-features --features "$each"
done
[ -z "$all" ] || RUSTDOCFLAGS="-D warnings" cargo doc --quiet --no-deps
pkg-scripts/check-browser-deps.sh

say "native tests"
passed=0 failed=0
# Runs a command, shows what it prints, and adds up the tests that it counts.
count() {
  "$@" > "$log" 2>&1 || failed=1
  grep -vE '^(test .* \.\.\. ok|ok [0-9]|    ok [0-9]| *Compiling|$)' "$log" | grep -vE '^ *(#|---|\.\.\.|duration_ms|type:|1\.\.)' || :
  passed=$((passed + $(grep -E '^test result: ' "$log" | sed -E 's/.* ([0-9]+) passed.*/\1/' | paste -sd+ - | sed 's/^$/0/')))
  passed=$((passed + $(sed -nE 's/^# pass ([0-9]+)$/\1/p' "$log" | paste -sd+ - | sed 's/^$/0/')))
  [ "$failed" = 0 ] || { cp "$log" "$cache/failed.log"; stop "FAILED: $*  (whole output: $cache/failed.log)"; }
}
# The library's own tests are many and small: they take 20 s more without optimisation, and 110 s less to build.
count linted env CARGO_PROFILE_DEV_OPT_LEVEL=0 cargo test --features lambda --lib
count linted cargo test $tested
count linted env RUSTDOC="$PWD/pkg-scripts/lint/rustdoc.sh" cargo test --features lambda --doc
[ -z "$all" ] || count cargo test --release -- --ignored --skip write_the_kept_release
[ -z "$all" ] || count pkg-scripts/test-lambda.sh

say "fuzzers, two seconds each (pkg-scripts/test-trust.sh gives them more)"
pkg-scripts/fuzz.sh 2 > "$log" 2>&1 || { cat "$log" >&2; stop "a fuzzer found a fault (see above)"; }
tail -n 1 "$log"

say "wasm tests in Node and in Chromium"
count linted pkg-scripts/wasm-cargo.sh test --no-default-features --test node
count linted pkg-scripts/wasm-cargo.sh test --no-default-features --test web

say "the browser build, its types and its size"
pkg-scripts/build-wasm.sh > "$log" 2>&1 || { cat "$log" >&2; stop "the wasm module did not build (see above)"; }
npm run --silent check # behind the build, whose glue brings its own types
pkg-scripts/build-npm.sh
pkg-scripts/build-site.sh

say "page, client and command against the embedded release"
export OSUSUME_BIN="${CARGO_TARGET_DIR:-target}/debug/osusume"
"$OSUSUME_BIN" verify embeddings
count npm test --silent
count npm run --silent test:e2e
consumers="readme plain vite types"
[ -z "$all" ] || consumers=$(cd tests/consumers && find . -mindepth 1 -maxdepth 1 -type d | cut -c3-)
count env CONSUMERS="$consumers" node --test tests/consumers/consumers.test.mjs

echo
echo "$passed passed, $failed failed"
