#!/bin/sh
# Assembles target/site/ from www/ and embeddings/: a folder to upload as it is, to any static host and any path.
#   pkg-scripts/build-site.sh              EMBEDDINGS=folder takes another release than embeddings/
# Only index.html and embeddings/manifest.json ever change their content; the page's other files lie in a folder named by
# their hash, so that no cache can mix the files of two versions.
set -eu
cd "$(dirname "$0")/.."
release=${EMBEDDINGS:-embeddings}
site=target/site

for needed in "$release/manifest.json" www/client/wasm/osusume.js www/client/wasm/osusume_bg.wasm; do
  [ -f "$needed" ] || { echo "build-site.sh: $needed is missing (wasm: pkg-scripts/build-wasm.sh; release: osusume build)" >&2; exit 1; }
done

rm -rf "$site.new"
mkdir -p "$site.new/embeddings"
hash=$(cd www && find . -type f ! -name '*.d.ts' ! -name index.html | LC_ALL=C sort | xargs sha256sum | sha256sum | cut -c1-12)
app="app-$hash"
mkdir "$site.new/$app"
(cd www && find . -type f ! -name '*.d.ts' ! -name index.html -print) | while read -r file; do
  mkdir -p "$site.new/$app/$(dirname "$file")"
  cp "www/$file" "$site.new/$app/$file"
done
sed -E "s#(href|src)=\"(style\.css|icon\.svg|app\.js|client/|ui/)#\1=\"$app/\2#" www/index.html > "$site.new/index.html"

# The release's own files only: what the manifest does not name (its README, recipes) is no business of visitors.
cp "$release/manifest.json" "$site.new/embeddings/"
grep -oE '[A-Za-z0-9_.-]+' "$release/manifest.json" | sort -u | while read -r name; do
  [ "$name" != . ] && [ "$name" != .. ] && [ -f "$release/$name" ] && [ "$name" != manifest.json ] || continue
  ln "$release/$name" "$site.new/embeddings/$name" 2>/dev/null || cp "$release/$name" "$site.new/embeddings/$name"
done
rm -rf "$site"
mv "$site.new" "$site"
echo "target/site: $(find "$site" -type f | wc -l | tr -d ' ') files, $(du -sk "$site" | cut -f1) KiB"
