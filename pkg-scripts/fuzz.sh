#!/bin/sh
# Attacks every reader of foreign bytes with libFuzzer and AddressSanitizer, each from small sound files on.
#   pkg-scripts/fuzz.sh                       ten seconds a target
#   pkg-scripts/fuzz.sh 600 request find      ten minutes for these alone
#   pkg-scripts/fuzz.sh keep                  attacks nothing; writes what is worth keeping of the corpus to fuzz/corpus.tar.gz
# What was found interesting stays in target/fuzz/corpus, begun with what was kept, and is gone on from; whatever fails is left in target/fuzz/failed,
# and `SOUND=target/fuzz/sound TARGET=name target/fuzz/osusume-fuzz FILE` does it again. Prints the executions of each target and of all.
set -eu
cd "$(dirname "$0")/.."
seconds=${1:-10}
[ $# = 0 ] || shift
out=${CARGO_TARGET_DIR:-target}/fuzz
mkdir -p "$out"
# The compiler's own switches are open to nightly builds alone, unless this is set; coverage is counted as libFuzzer wants it.
# Counted are this package and what it reads foreign bytes with; all else would take minutes of it.
export RUSTC_BOOTSTRAP=1 CARGO_TARGET_DIR="$out/build" ATTACKED="-Zsanitizer=address -Cpasses=sancov-module
  -Cllvm-args=-sanitizer-coverage-level=4 -Cllvm-args=-sanitizer-coverage-inline-8bit-counters
  -Cllvm-args=-sanitizer-coverage-pc-table -Cllvm-args=-sanitizer-coverage-trace-compares"
cat > "$out/rustc" <<'WRAPPER'
#!/bin/sh
case "$* " in
  *' --target '*) ;; # what is built for this machine's own use has no target
  *) exec "$@" ;;
esac
case " $* " in
  *' --crate-name osusume'* | *' --crate-name csv'* | *' --crate-name serde_json '* | *' --crate-name toml'* | *' --crate-name winnow '* | \
  *' --crate-name safetensors '* | *' --crate-name miniz_oxide '* | *' --crate-name bincode '* | *' --crate-name minisign_verify '*)
    exec "$@" $ATTACKED ;;
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
mkdir -p "$out/failed" "$out/said"
[ -d "$out/corpus" ] || { mkdir -p "$out/corpus" && tar xzf fuzz/corpus.tar.gz -C "$out/corpus"; }
if [ "$seconds" = keep ]; then
  rm -rf "$out/kept"
  for target in $(ls "$out/seeds"); do
    mkdir -p "$out/kept/$target" "$out/corpus/$target"
    TARGET=$target "$out/osusume-fuzz" -merge=1 -max_len=40960 "$out/kept/$target" "$out/corpus/$target" "$out/seeds/$target" > /dev/null 2>&1
  done
  tar c --sort=name --mtime=@0 --owner=0 --group=0 --numeric-owner -C "$out/kept" $(ls "$out/kept") | gzip -9n > fuzz/corpus.tar.gz
  ls -l fuzz/corpus.tar.gz
  exit
fi
# Nothing may take 64 MB at once, 2 GB in all or ten seconds.
attack() {
  corpus=$out/corpus/$1
  mkdir -p "$corpus"
  if TARGET=$1 "$out/osusume-fuzz" "$corpus" "$out/seeds/$1" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 \
    -malloc_limit_mb=64 -max_len=40960 -print_final_stats=1 -artifact_prefix="$out/failed/$1-" > "$out/said/$1" 2>&1; then
    state=survived
  else
    state=FAILED
    grep -vE "^ +#[0-9]+ |^stat|^INFO" "$out/said/$1" | tail -n 12 >&2
  fi
  runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$out/said/$1")
  [ "$state" = FAILED ] || [ "${runs:-0}" -gt 0 ] || state='nothing was executed, FAILED'
  printf '%-12s %11s executions, %5s files in the corpus: %s\n' "$1" "${runs:-0}" "$(find "$corpus" -type f | wc -l)" "$state"
}
# Two at a time.
while [ $# != 0 ]; do
  attack "$1" &
  shift
  [ $# = 0 ] || { attack "$1"; shift; }
  wait
done | tee "$out/said.txt"
awk '{ total += $2; failed += /FAILED$/ } END { print total + 0, "executions, " NR " targets"; exit failed > 0 || !NR }' "$out/said.txt"
