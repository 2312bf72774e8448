#!/bin/sh
# Sends what schemathesis makes of docs/openapi.json to `osusume serve`: no 5xx, no reply that the file does not know.
#   pkg-scripts/lambda/fuzz.sh COMMAND RELEASE
set -eu
cd "$(dirname "$0")/../.."
. pkg-scripts/lambda/tools.sh
lambda_tools check
work=$(mktemp -d)
"$1" serve --port 0 --release "$2" --quiet > "$work/address" 2> "$work/log" &
server=$!
trap 'kill $server; rm -rf "$work"' EXIT
while [ ! -s "$work/address" ]; do sleep 0.1; kill -0 $server; done
address=$(cat "$work/address")
# Not checked: that whatever fits the schemas is accepted. Which models, genres and items there are is the release's matter.
file=$PWD/docs/openapi.json
cd "$work" # it leaves a folder where it runs
schemathesis run "$file" --url "${address%/}" --max-examples "${EXAMPLES:-100}" --seed 1 --no-color \
  --exclude-checks positive_data_acceptance --suppress-health-check all ${FUZZ_OPTIONS:-}
