#!/bin/sh
# Times the native build beside numpy, one thread each, and writes docs/BENCHMARKS.md's part of it.
# numpy comes from PyPI, into the cache folder. `cargo bench --bench kernel` times the kernels.
set -eu
cd "$(dirname "$0")/.."
cache=${XDG_CACHE_HOME:-$HOME/.cache}/osusume/bench
[ -x "$cache/python/bin/python" ] || { python3 -m venv "$cache/python" && "$cache/python/bin/pip" install --quiet numpy; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
node benches/browser/generate.mjs "$work/25" 24905 384
node benches/browser/generate.mjs "$work/100" 100000 384
node benches/browser/generate.mjs "$work/32" 16500 32
cargo bench --quiet --bench search --no-run
binary=$(ls -t "${CARGO_TARGET_DIR:-target}"/release/deps/search-* | grep -v '\.d$' | head -n 1)
OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1 MKL_NUM_THREADS=1 "$cache/python/bin/python" benches/numpy_top.py "$binary" \
  "generated=$work/25=" "the release's synopses=embeddings=synopsis" "generated=$work/100=" "generated=$work/32="
