#!/bin/sh
# What the product is made of: licences, sources and duplicates by cargo-deny (deny.toml), npm's advisories where its registry
# answers, and a bill of materials (CycloneDX) for the command and for the npm package, in target/sbom/.
# Tools are kept in the cache folder, outside the tree.
set -eu
cd "$(dirname "$0")/../.."
tools=${XDG_CACHE_HOME:-$HOME/.cache}/osusume/supply
for tool in cargo-deny@0.20.2 cargo-cyclonedx@0.5.9; do
  [ -x "$tools/bin/${tool%@*}" ] || cargo install --quiet --locked --root "$tools" "$tool"
done
PATH=$tools/bin:$PATH
cargo deny check licenses bans sources
# The advisories are a git repository, which not every machine reaches.
cargo deny check advisories 2>&1 || echo "cargo-deny: the advisories could not be had or name a crate (see above)"
npm audit --omit=dev || echo "npm audit: the registry did not answer, or names a package (see above)"
mkdir -p target/sbom
cargo cyclonedx --format json --features cli,encode --override-filename osusume > /dev/null
mv osusume.json target/sbom/command.cdx.json
cargo cyclonedx --format json --no-default-features --target wasm32-unknown-unknown --override-filename osusume > /dev/null
mv osusume.json target/sbom/package.cdx.json # the npm package has no other dependency than what its module is made of
unsafe=$(grep -rE 'unsafe (\{|impl|fn|extern)' src --include='*.rs' | wc -l)
reasons=$(grep -rE '// SAFETY|# Safety' src --include='*.rs' | wc -l)
echo "unsafe: $unsafe places, $reasons reasons, in $(grep -rlE 'unsafe (\{|impl|fn|extern)' src --include='*.rs' | paste -sd' ' -)"
[ "$reasons" -ge "$unsafe" ]
