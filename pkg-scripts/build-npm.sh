#!/bin/sh
# Makes the npm package: the folder target/npm/ and the tarball target/osusume-VERSION.tgz, from www/client/.
#   npm ci && pkg-scripts/build-wasm.sh && pkg-scripts/build-npm.sh
# The version is Cargo.toml's. esbuild makes a script of each entry, and of what several entries share; tsc writes the types.
# Prints every file's size, and a warning above pkg-scripts/size-budget.json.
#   MODULE=folder takes another module than www/client/wasm/, OUT=folder another place than target/npm/
set -eu
cd "$(dirname "$0")/.."
module=${MODULE:-www/client/wasm} out=${OUT:-target/npm}
[ -f "$module/osusume_bg.wasm" ] || { echo "build-npm.sh: the wasm module is missing; pkg-scripts/build-wasm.sh makes it" >&2; exit 1; }
rm -rf "$out"
mkdir -p "$out/wasm"
small() {
  node_modules/.bin/esbuild "$@" --format=esm --target=es2022 --charset=utf8 \
    --minify --log-level=warning
}
# Bundlers of those who use the package look for the address of the worker and of the module in these very files.
small www/client/index.ts www/client/node.ts www/client/worker.ts --bundle --splitting --platform=neutral \
  '--external:node:*' --external:./wasm/osusume.js --chunk-names='chunk-[hash]' --outdir="$out"
# The element is one file, so that a page waits for one request; the check of signatures loads when a page names a key.
small www/client/element.ts www/client/signature.ts --bundle --external:./signature.js --outdir="$out"
small www/client/bundle.ts --bundle --external:./wasm/osusume.js --outdir="$out"
small "$module/osusume.js" --outdir="$out/wasm"
types=$(mktemp -d)
trap 'rm -rf "$types"' EXIT
node_modules/.bin/tsc -p www/client --outDir "$types"
cp LICENSE-MIT LICENSE-APACHE www/client/custom-elements.json "$out/"
cp "$module/osusume_bg.wasm" "$out/wasm/"
node pkg-scripts/pack-npm.mjs "$out" "$types"
echo "for integrity attributes and import maps:"
for file in index.js worker.js element.js signature.js bundle.js wasm/osusume.js wasm/osusume_bg.wasm; do
  echo "  $file  sha384-$(openssl dgst -sha384 -binary "$out/$file" | base64 -w 0)"
done
tarball=$(cd "$out" && npm pack --silent --pack-destination ..)
node pkg-scripts/check-size.mjs "$module" "$out" || {
  [ $? = 3 ] || exit 1
  echo "build-npm.sh: warning: larger than pkg-scripts/size-budget.json allows (see above)" >&2
}
tarball=$(dirname "$out")/$tarball
echo "$tarball: $(wc -c < "$tarball") bytes"
