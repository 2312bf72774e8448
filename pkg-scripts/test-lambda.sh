#!/bin/sh
# Runs the real bootstrap under the Lambda runtime interface: the release from the zip and from an S3 emulator, requests by
# HTTP and by invoke, and each piece killed and started again along the way. On this machine alone; some three minutes.
#   pkg-scripts/test-lambda.sh            builds the zip and the command first
#   OSUSUME_BIN=path ...                  takes this command instead
set -eu
cd "$(dirname "$0")/.."
. pkg-scripts/lambda/tools.sh
cargo test --quiet $lambda_remote
pkg-scripts/build-lambda.sh
if [ -z "${OSUSUME_BIN:-}" ]; then
  cargo build --quiet --release $lambda_command
  OSUSUME_BIN=${CARGO_TARGET_DIR:-target}/release/osusume
fi
lambda_tools build
lambda_tools s3
exec python3 pkg-scripts/lambda/test_lambda.py target/lambda/osusume.zip "$OSUSUME_BIN"
