#!/bin/sh
# Builds the wasm module once more, elsewhere and from nothing, and compares it with what www/client/wasm/ has.
set -eu
cd "$(dirname "$0")/../.."
elsewhere=$(mktemp -d)
trap 'rm -rf "$elsewhere"' EXIT
git ls-files -z | grep -zvE '^embeddings/.*\.(bin|whole|xz)$' | xargs -0 cp --parents -t "$elsewhere"
[ ! -d node_modules ] || ln -s "$PWD/node_modules" "$elsewhere/node_modules"
(cd "$elsewhere" && CARGO_TARGET_DIR="$elsewhere/target" pkg-scripts/build-wasm.sh > /dev/null 2>&1)
for file in osusume_bg.wasm osusume.js; do
  cmp "www/client/wasm/$file" "$elsewhere/www/client/wasm/$file"
  sha256sum "$elsewhere/www/client/wasm/$file" | sed "s|  .*|  $file|"
done
