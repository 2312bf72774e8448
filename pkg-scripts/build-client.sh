#!/bin/sh
# Compiles the client's modules, one file each and readable, to target/client/, and the page's
# modules without components to target/page/: tests and benches import them from there.
# build-npm.sh makes what is shipped.
#   npm ci && pkg-scripts/build-wasm.sh && pkg-scripts/build-client.sh
set -eu
cd "$(dirname "$0")/.."
out=target/client
[ -f www/client/wasm/osusume_bg.wasm ] ||
  { echo "build-client.sh: the wasm module is missing; pkg-scripts/build-wasm.sh makes it" >&2; exit 1; }
[ -x node_modules/.bin/esbuild ] ||
  { echo "build-client.sh: esbuild is missing; npm ci installs it" >&2; exit 1; }
rm -rf "$out"
node_modules/.bin/esbuild www/client/*.ts --outdir="$out" --format=esm --target=es2022 \
  --charset=utf8 --log-level=warning
find "$out" -name '*.js' -empty -delete # types alone
cp -r www/client/wasm "$out/"
# The page's modules by the name of the package that they import.
rm -rf target/page
node_modules/.bin/esbuild $(find www/page -name '*.ts' ! -name 'sw.ts') --bundle --splitting --outbase=www/page \
  --outdir=target/page --format=esm --target=es2022 --charset=utf8 --log-level=error \
  --jsx=automatic --jsx-import-source=preact --alias:osusume=./www/client/index.ts --external:./wasm/osusume.js
