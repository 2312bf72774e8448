#!/bin/sh
# Makes the npm package: the folder target/npm/ and the tarball target/osusume-VERSION.tgz, from www/client/.
#   npm ci && pkg-scripts/build-wasm.sh && pkg-scripts/build-npm.sh
# The version is Cargo.toml's. esbuild takes comments, spaces and the names of what is not exported out of the scripts (the types
# keep theirs): 2 kB less for every visitor.
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
small www/client/*.js --outdir="$out"
small "$module/osusume.js" --outdir="$out/wasm"
for file in www/client/*.d.ts LICENSE-MIT LICENSE-APACHE; do
  cp "$file" "$out/"
done
rm "$out/recommender.d.ts" # what the client and the module say to each other
cp "$module/osusume_bg.wasm" "$out/wasm/"
node - "$out" <<'NODE'
const { readFileSync, writeFileSync } = require('node:fs');
const { brotliCompressSync } = require('node:zlib');
const out = process.argv[2];
const [, version] = /^version = "(.+)"$/m.exec(readFileSync('Cargo.toml', 'utf8'));
const manifest = { ...JSON.parse(readFileSync('www/client/package.json', 'utf8')), version };
writeFileSync(`${out}/package.json`, `${JSON.stringify(manifest, undefined, 2)}\n`);

// The README's table of sizes holds what this very package has.
const rows = [
  ['the wasm module', ['wasm/osusume_bg.wasm']],
  ['its JavaScript', ['wasm/osusume.js']],
  ['the client, worker included', ['index', 'worker', 'handle', 'engine', 'errors', 'load', 'release', 'retry', 'queue', 'request', 'signature', 'store', 'list', 'http'].map((name) => `${name}.js`)],
  ['`<osusume-similar>`', ['element.js']],
].map(([what, files]) => [what, ...[(bytes) => bytes.length, (bytes) => brotliCompressSync(bytes).length].map((size) => files.reduce((sum, file) => sum + size(readFileSync(`${out}/${file}`)), 0))]);
rows.push(['together', ...[1, 2].map((column) => rows.reduce((sum, row) => sum + row[column], 0))]);
const table = ['| what | bytes | brotli |', '| --- | --: | --: |', ...rows.map(([what, ...sizes]) => `| ${what} | ${sizes.map((size) => size.toLocaleString('en')).join(' | ')} |`)].join('\n');
const readme = readFileSync('www/client/README.md', 'utf8').replace(/(## Sizes\n\n)(\|.*\n)+/, `$1${table}\n`);
writeFileSync(`${out}/README.md`, readme);
NODE
echo "for integrity attributes and import maps:"
for file in index.js worker.js element.js wasm/osusume.js wasm/osusume_bg.wasm; do
  echo "  $file  sha384-$(openssl dgst -sha384 -binary "$out/$file" | base64 -w 0)"
done
tarball=$(cd "$out" && npm pack --silent --pack-destination ..)
node pkg-scripts/check-size.mjs "$module" "$out" || {
  [ $? = 3 ] || exit 1
  echo "build-npm.sh: warning: larger than pkg-scripts/size-budget.json allows (see above)" >&2
}
tarball=$(dirname "$out")/$tarball
echo "$tarball: $(wc -c < "$tarball") bytes"
