#!/bin/sh
# Installs what the tests need and runs them; the gate runs exactly this.
#   pkg-scripts/test.sh            the gate: all but what is long
#   pkg-scripts/test.sh --quick    form, types, unit tests, the page once: three minutes
#   pkg-scripts/test.sh --all      the gate and what is long
#   pkg-scripts/test.sh --counts   the gate; writes how many tests each suite has
# Needs Rust (rustup), Node 20 and Python 3. Slow tools are kept in the cache folder.
# OSUSUME_SKIP=1 goes on without data that cannot be had, and names the tests that it skipped.
set -eu
cd "$(dirname "$0")/.."

mode=${1:-gate}
case $mode in
  gate | --quick | --all) ;;
  --counts) export OSUSUME_COUNTS=write ;;
  *) echo "usage: pkg-scripts/test.sh [--quick | --all | --counts]" >&2; exit 2 ;;
esac
all= quick=
[ "$mode" != --all ] || all=1
[ "$mode" != --quick ] || quick=1
# Neither helps a machine that builds once. A contributor builds again and keeps both.
[ -z "${CI:-}" ] ||
  export CARGO_INCREMENTAL=0 CARGO_PROFILE_DEV_DEBUG=0 CARGO_PROFILE_RELEASE_DEBUG=0

cache=${XDG_CACHE_HOME:-$HOME/.cache}/osusume
mkdir -p "$cache"
work=$(mktemp -d)
log=$work/log
lint=$PWD/pkg-scripts/lint
target=${CARGO_TARGET_DIR:-target}
stage= added=
export OSUSUME_TALLY="$work/tally" OSUSUME_FAILED_LOG="$cache/failed.log"
: > "$work/tally"

# Sets `now` and `cpu`: seconds on the clock, and of processor that all commands so far took.
clock() {
  times > "$work/times"
  now=$(date +%s)
  cpu=$(awk 'NR == 2 { gsub(/[ms]/, " "); print int($1 * 60 + $2 + $3 * 60 + $4) }' "$work/times")
}
# Ends a stage, saying what it took, and begins the next.
say() {
  clock
  if [ -n "$stage" ]; then
    echo "-- $((now - began)) s, $((cpu - before)) s of processor"
    printf 'stage\t%s\t%d\t%d\n' "$stage" $((now - began)) $((cpu - before)) >> "$work/tally"
  fi
  stage=$* began=$now before=$cpu
  [ $# = 0 ] || printf '\n== %s\n' "$*"
}
stop() { echo "test: $*" >&2; exit 1; }
finish() {
  code=$?
  # A stage may fail without a test that failed.
  [ "$code" = 0 ] ||
    awk -F '\t' '$1 == "suite" && $4 > 0 { found = 1 } END { exit !found }' "$work/tally" ||
    printf 'suite\t%s\t0\t1\t0\n' "$stage" >> "$work/tally"
  say
  [ -z "$added" ] || rustup target remove wasm32-unknown-unknown > /dev/null 2>&1 || :
  python3 pkg-scripts/count.py --sum || [ "$code" != 0 ] || code=1
  rm -rf "$work"
  exit "$code"
}
# Runs tests and counts them under a name (count.py has the rules).
count() { python3 pkg-scripts/count.py "$@" || stop "FAILED: $*"; }
# The same for tests in Rust, linted where they are compiled, warnings denied.
rust() {
  part=
  [ "$1" != --part ] || { part=--part; shift; }
  name=$1
  shift
  count $part "$name" env RUSTC_WORKSPACE_WRAPPER="$lint/rustc.sh" "$@"
}
linted() { env RUSTC_WORKSPACE_WRAPPER="$lint/rustc.sh" "$@"; }
# Runs a command whose output is of interest only where it fails.
quiet() { "$@" > "$log" 2>&1 || { cat "$log" >&2; stop "FAILED: $*"; }; }
need() { command -v "$1" > /dev/null 2>&1 || stop "$1 is missing: install $2 and run this again"; }
lacks() {
  [ "${OSUSUME_SKIP:-}" = 1 ] || { cat "$log" >&2; stop "$* could not be had (see above)"; }
  printf 'skip\tall that needs %s\n' "$*" >> "$work/tally"
}
need python3 "Python 3.9 or later"
trap finish EXIT
trap 'exit 130' INT TERM
need cargo "Rust (rustup.rs)"
need node "Node 20 or later"
need npm "npm"

say "tools"
wasm_way=$(pkg-scripts/wasm-cargo.sh --way)
bindgen=0.2.130 # the version of wasm-bindgen in Cargo.toml
geckodriver=0.37.1 # Debian has Firefox, but not this
missing=
[ -x /usr/bin/chromium ] || missing="$missing chromium"
[ -x /usr/bin/chromedriver ] || missing="$missing chromium-driver"
if [ -z "$quick" ]; then
  [ -x /usr/bin/firefox-esr ] || missing="$missing firefox-esr"
  [ -x /usr/bin/WebKitWebDriver ] || missing="$missing webkit2gtk-driver"
  [ -x /usr/bin/Xvfb ] || missing="$missing xvfb"
fi
python3 -m pip --version > /dev/null 2>&1 || missing="$missing python3-pip"
[ "$wasm_way" != debian ] || [ -x /usr/bin/cargo-clippy ] || missing="$missing rust-web-clippy"
if [ -n "$missing" ]; then
  [ "$(id -u)" = 0 ] && command -v apt-get > /dev/null 2>&1 ||
    stop "as root on Debian: apt-get install$missing"
  echo "installing$missing ..."
  quiet apt-get update -qq
  quiet env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing
fi
tools=$cache/wasm-bindgen-$bindgen
if [ -z "$quick" ] && [ ! -x "$tools/bin/wasm-bindgen-test-runner" ]; then
  echo "building the runner of the wasm tests, once (some minutes) ..."
  # Not optimised: it takes four seconds more of each run, and four minutes less to build.
  quiet env CARGO_PROFILE_DEV_DEBUG=0 cargo install wasm-bindgen-cli --version "$bindgen" --debug \
    --bin wasm-bindgen-test-runner --root "$tools"
fi
gecko=$cache/geckodriver-$geckodriver
if [ -z "$quick" ] && [ ! -x "$gecko/bin/geckodriver" ]; then
  echo "building Firefox's WebDriver program, once (a minute or two) ..."
  quiet env CARGO_PROFILE_DEV_DEBUG=0 cargo install geckodriver --version "$geckodriver" --debug \
    --root "$gecko"
fi
PATH=$gecko/bin:$tools/bin:$PATH
export PATH CHROMEDRIVER=/usr/bin/chromedriver
[ -n "$quick" ] && [ node_modules/.package-lock.json -nt package-lock.json ] ||
  quiet npm ci --silent --no-audit --no-fund
if [ -z "$quick" ]; then
  if model=$(pkg-scripts/fetch-encoder.sh 2> "$log"); then export OSUSUME_ENCODER="$model"
  else lacks "the sentence encoder"; fi
  pkg-scripts/fetch-ml-100k.sh > "$log" 2>&1 || lacks "the MovieLens sample"
fi

pkg-scripts/release_files.py unpack embeddings

say "form: rustfmt, Biome, structure, clippy"
cargo fmt --all --check
npm run --silent lint
pkg-scripts/check-browser-deps.sh
count structure python3 -m unittest tests/structure/test_check_structure.py
python3 pkg-scripts/check-structure.py
parts='--workspace --features osusume-serve/lambda'
if [ -n "$quick" ]; then
  linted cargo check --quiet $parts --all-targets
  say "unit tests"
  rust --part rust cargo test $parts --lib
else
  linted cargo test --quiet --no-run $parts --all-targets # the benches too
fi

if [ -n "$quick" ]; then
  say "the page, once, in Chromium"
  pkg-scripts/demo.sh --check
  say "types, tests in Node"
  npm run --silent check
  count js npm test --silent
  exit
fi

say "native tests: units, integration, examples in the documentation"
rust rust env RUSTDOC="$lint/rustdoc.sh" cargo test $parts

say "fuzzers, two seconds each (pkg-scripts/test-trust.sh gives them more)"
quiet pkg-scripts/fuzz.sh 2
tail -n 1 "$log"

say "wasm tests in Node and in Chromium ($wasm_way)"
suite='pkg-scripts/wasm-cargo.sh test --package osusume --test wasm'
rust wasm-node $suite
rust wasm-web env WASM_BINDGEN_USE_BROWSER=1 $suite

say "the browser build, its types and its size ($wasm_way)"
linted cargo build --quiet $parts --bin osusume-glue # of the same dependencies as the tests
export GLUE="$target/debug/osusume-glue"
quiet pkg-scripts/build-wasm.sh
npm run --silent check # behind the build, whose glue brings its own types
quiet pkg-scripts/build-npm.sh
quiet npm run --silent lint:package
node pkg-scripts/check-size.mjs
pkg-scripts/build-site.sh

say "the size of the module built the other way"
other=$(pkg-scripts/wasm-cargo.sh --other) || if other=$(pkg-scripts/wasm-cargo.sh --add); then
  # With it the next builds would go the other way: it is not left behind.
  [ "$other" != rustup ] || added=1
fi
if [ -n "$other" ]; then
  mkdir -p target/other
  quiet env WASM_TOOLCHAIN="$other" OUT=target/other/wasm pkg-scripts/build-wasm.sh
  quiet env MODULE=target/other/wasm OUT=target/other/npm pkg-scripts/build-npm.sh
  node pkg-scripts/check-size.mjs target/other/wasm target/other/npm
elif [ "$wasm_way" = debian ]; then
  echo "not sized: rustup's wasm32 target cannot be installed here"
else
  echo "not sized: Debian's wasm compiler cannot be installed here"
fi

say "page, client and command against the embedded release"
export OSUSUME_BIN="$target/debug/osusume"
"$OSUSUME_BIN" verify embeddings
pkg-scripts/demo.sh --check
count js npm test --silent
count e2e npm run --silent test:e2e
count browsers npm run --silent test:browsers
consumers='node --test --test-reporter=tap tests/consumers/consumers.test.mjs'
if [ -n "$all" ]; then count consumers-all $consumers
else count consumers env CONSUMERS="readme plain vite types" $consumers; fi
count lambda env OSUSUME_LAMBDA="$target/debug/osusume-lambda" pkg-scripts/test-lambda.sh --quick

[ -n "$all" ] || exit 0
say "long: every crate alone, pages of all crates"
for each in osusume $(ls crates | sed 's/^/osusume-/'); do
  linted cargo check --quiet --package "$each"
done
RUSTDOCFLAGS="-D warnings" cargo doc --quiet --workspace --no-deps
say "long: the largest requests, optimised"
count long-largest cargo test --release --package osusume-release --test largest
say "long: floors of quality"
count long cargo test --release --package osusume-train --test floors -- --ignored
say "long: the function"
count lambda-all pkg-scripts/test-lambda.sh
