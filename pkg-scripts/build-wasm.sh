#!/bin/sh
# Builds the browser module into www/client/wasm/: osusume_bg.wasm, its JavaScript glue and types,
# and the file `way`, which says by which compiler (pkg-scripts/wasm-cargo.sh has the choice).
#   OUT=folder puts all that elsewhere, GLUE=path takes this osusume-glue instead of building it
# wasm-opt (npm binaryen) and esbuild make them smaller where they are installed; nothing else changes.
set -eu
cd "$(dirname "$0")/.."
out=${OUT:-www/client/wasm}
dir=${CARGO_TARGET_DIR:-target}
echo "building the wasm module ..." >&2
WASM_TOOLCHAIN=$(pkg-scripts/wasm-cargo.sh --way)
export WASM_TOOLCHAIN
WASM_SMALL=1 pkg-scripts/wasm-cargo.sh rustc \
  --package osusume --lib --profile wasm --crate-type cdylib >&2
wasm=$dir/wasm-$WASM_TOOLCHAIN/wasm32-unknown-unknown/wasm/osusume.wasm
if [ -z "${GLUE:-}" ]; then
  echo "building the program that writes its JavaScript glue ..." >&2
  cargo build --package osusume-glue >&2
  GLUE=$dir/debug/osusume-glue
fi
rm -rf "$out.part"
"$GLUE" "$wasm" "$out.part"
if [ -x node_modules/.bin/wasm-opt ]; then
  # Control flow that is made anew, twice, compresses better, and so does a bound for functions with
  # one caller: 0.7 kB of brotli, at the same speed. Nothing lies below 1 KiB but the end of the
  # stack, so constants go into the loads' offsets. Without hints of alignment, which engines do not
  # heed, more loads are the same bytes.
  again='--flatten --rereloop -Os'
  node_modules/.bin/wasm-opt -Os $again $again --precompute-propagate -Os --dealign \
    --always-inline-max-function-size=4 --one-caller-inline-max-function-size=100 --low-memory-unused \
    --strip-producers --strip-target-features "$out.part/osusume_bg.wasm" -o "$out.part/small.wasm"
  mv "$out.part/small.wasm" "$out.part/osusume_bg.wasm"
fi
if [ -x node_modules/.bin/esbuild ]; then # generated code: nobody reads its names
  node_modules/.bin/esbuild "$out.part/osusume.js" --outfile="$out.part/small.js" --format=esm --target=es2022 \
    --charset=utf8 --minify --log-level=warning
  mv "$out.part/small.js" "$out.part/osusume.js"
fi
echo "$WASM_TOOLCHAIN" > "$out.part/way"
rm -rf "$out"
mv "$out.part" "$out"
ls -l "$out" >&2
