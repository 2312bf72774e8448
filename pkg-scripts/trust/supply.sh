#!/bin/sh
# Checks what the product is made of: licences, sources, duplicates and known faults by cargo-deny (deny.toml), known faults of
# the development tools by npm, and a bill of materials (CycloneDX) for the command and for the npm package, in target/sbom/.
# Tools are kept in the cache folder, outside the tree. A list of faults that cannot be had is a failure, unless OSUSUME_SKIP=1.
set -eu
cd "$(dirname "$0")/../.."
tools=${XDG_CACHE_HOME:-$HOME/.cache}/osusume/supply
for tool in cargo-deny@0.20.2 cargo-cyclonedx@0.5.9; do
  [ -x "$tools/bin/${tool%@*}" ] || cargo install --quiet --locked --root "$tools" "$tool"
done
PATH=$tools/bin:$PATH
log=$(mktemp)
trap 'rm -f "$log"' EXIT
failed=
not_checked() {
  cat "$log"
  echo "skipped: $*"
  [ "${OSUSUME_SKIP:-}" = 1 ] || failed=1
}
cargo deny check licenses bans sources
# The advisories are a git repository, which not every machine reaches.
if cargo deny fetch db > "$log" 2>&1; then
  cargo deny check --disable-fetch advisories || failed=1
else
  not_checked "known faults of crates: the advisories could not be fetched"
fi
# The npm package has no dependency, so that npm's list concerns the development tools alone; npm's own exit code does not tell
# a fault that it found from a registry that did not answer.
npm audit --json > "$log" 2> /dev/null || :
node - "$log" <<'NODE' && found=0 || found=$?
const { readFileSync } = require('node:fs');
const { dependencies = {} } = JSON.parse(readFileSync('www/client/package.json', 'utf8'));
const names = Object.keys(dependencies);
console.log(`npm package: ${names.length ? names.join(' ') : 'it depends on nothing'}`);
let report;
try {
  report = JSON.parse(readFileSync(process.argv[2], 'utf8'));
} catch {}
if (!report?.auditReportVersion) process.exit(2); // it did not answer
const { dependencies: seen, vulnerabilities } = report.metadata;
console.log(`npm audit: ${vulnerabilities.total} known faults in ${seen.total} packages, all of them development tools`);
for (const [name, { severity, via }] of Object.entries(report.vulnerabilities)) {
  console.log(`  ${name}: ${severity}, ${via.map((each) => each.title ?? each).join('; ')}`);
}
process.exit(names.length || vulnerabilities.total || !seen.total ? 3 : 0);
NODE
case $found in
  0) ;;
  2) not_checked "known faults of npm packages: the registry did not answer" ;;
  *) failed=1 ;;
esac
mkdir -p target/sbom
# One list for each crate of the workspace, beside its Cargo.toml; two of them are kept.
cargo cyclonedx --format json --override-filename osusume.cdx > /dev/null
mv crates/cli/osusume.cdx.json target/sbom/command.cdx.json
cargo cyclonedx --format json --target wasm32-unknown-unknown --override-filename osusume.cdx > /dev/null
mv osusume.cdx.json target/sbom/package.cdx.json # the npm package is made of nothing else
rm -f crates/*/osusume.cdx.json osusume.cdx.json
unsafe=$(grep -rE 'unsafe (\{|impl|fn|extern)' src crates --include='*.rs' | wc -l)
reasons=$(grep -rE '// SAFETY|# Safety' src crates --include='*.rs' | wc -l)
echo "unsafe: $unsafe places, $reasons reasons, in $(grep -rlE 'unsafe (\{|impl|fn|extern)' src crates --include='*.rs' | paste -sd' ' -)"
[ "$reasons" -ge "$unsafe" ] && [ -z "$failed" ]
