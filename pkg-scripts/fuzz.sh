#!/bin/sh
# Attacks every reader of foreign bytes with libFuzzer and AddressSanitizer, each from small sound files on.
#   pkg-scripts/fuzz.sh                       ten seconds a target
#   pkg-scripts/fuzz.sh 600 request find      ten minutes for these alone
# What was found interesting stays in target/fuzz/corpus and is gone on from; whatever fails is left in target/fuzz/failed,
# and `SOUND=target/fuzz/sound TARGET=name target/fuzz/osusume-fuzz FILE` does it again. Prints the executions of each target and of all.
set -eu
cd "$(dirname "$0")/.."
seconds=${1:-10}
[ $# = 0 ] || shift
out=${CARGO_TARGET_DIR:-target}/fuzz
mkdir -p "$out"
# The compiler's own switches are open to nightly builds alone, unless this is set; coverage is counted as libFuzzer wants it.
# What only packs the seeds would take minutes for it with each of its comparisons counted.
export RUSTC_BOOTSTRAP=1 CARGO_TARGET_DIR="$out/build" ATTACKED="-Zsanitizer=address -Cpasses=sancov-module
  -Cllvm-args=-sanitizer-coverage-level=4 -Cllvm-args=-sanitizer-coverage-inline-8bit-counters
  -Cllvm-args=-sanitizer-coverage-pc-table -Cllvm-args=-sanitizer-coverage-trace-compares"
cat > "$out/rustc" <<'WRAPPER'
#!/bin/sh
case " $* " in
  *' --crate-name zopfli '* | *' --crate-name bhtsne '* | *' --crate-name barnes_hut_tree '*) ;;
  *' --target '*) exec "$@" $ATTACKED ;; # what is built for this machine's own use has no target
esac
exec "$@"
WRAPPER
chmod +x "$out/rustc"
export RUSTC_WRAPPER="$(cd "$out" && pwd)/rustc"
host=$(rustc -vV | sed -n 's/^host: //p')
cargo build --quiet --release --manifest-path fuzz/Cargo.toml --target "$host"
cp "$CARGO_TARGET_DIR/$host/release/osusume-fuzz" "$out/osusume-fuzz"
export SOUND="$out/sound"
rm -rf "$SOUND" "$out/seeds"
mkdir -p "$SOUND"
SEEDS="$out/seeds" "$out/osusume-fuzz" > /dev/null
[ $# != 0 ] || set -- $(ls "$out/seeds")
mkdir -p "$out/failed"
log=$(mktemp)
trap 'rm -f "$log"' EXIT
total=0 failed=0
for target in "$@"; do
  corpus=$out/corpus/$target
  mkdir -p "$corpus"
  # Nothing may take 64 MB at once, 2 GB in all or ten seconds.
  if TARGET=$target "$out/osusume-fuzz" "$corpus" "$out/seeds/$target" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 \
    -malloc_limit_mb=64 -max_len=16384 -print_final_stats=1 -artifact_prefix="$out/failed/$target-" > "$log" 2>&1; then
    state=survived
  else
    state=FAILED failed=1
    grep -vE "^ +#[0-9]+ |^stat|^INFO" "$log" | tail -n 12 >&2
  fi
  runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
  total=$((total + ${runs:-0}))
  printf '%-12s %11s executions, %5s files in the corpus: %s\n' "$target" "${runs:-0}" "$(find "$corpus" -type f | wc -l)" "$state"
done
echo "$total executions"
exit "$failed"
