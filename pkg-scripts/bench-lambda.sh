#!/bin/sh
# Prints the figures of docs/LAMBDA.md: cold starts beside the old stack's way, load, soak, and what schemathesis finds.
#   pkg-scripts/bench-lambda.sh                  some twenty minutes, ten of them the soak; SOAK=0 leaves it out
# Needs wrk (apt-get install wrk). On this machine alone.
set -eu
cd "$(dirname "$0")/.."
. pkg-scripts/lambda/tools.sh
command -v wrk > /dev/null || { echo "bench-lambda.sh: wrk is missing: apt-get install wrk" >&2; exit 1; }
pkg-scripts/build-lambda.sh
cargo build --quiet --release $lambda_command
command=${CARGO_TARGET_DIR:-target}/release/osusume release=${EMBEDDINGS:-embeddings}
lambda_tools bench
python3 pkg-scripts/lambda/bench_cold.py target/lambda/osusume.zip "$(command -v python3)" "$command" "${COUNT:-50}"
python3 pkg-scripts/lambda/bench_warm.py "$command" "$release" "${LOAD:-20}" "${SOAK:-600}"
pkg-scripts/lambda/fuzz.sh "$command" "$release"
