#!/bin/sh
# Runs the real bootstrap under a Lambda runtime interface: the release from the zip and from an S3
# emulator, requests by HTTP and by invoke, each piece killed and started again. Nothing leaves this
# machine but the first installation of the tools.
#   pkg-scripts/test-lambda.sh            the program that is deployed, under `cargo lambda watch`
#   pkg-scripts/test-lambda.sh --quick    every scenario with less of each: the dev profile, under
#                                         lambda/runtime.py. The gate runs tests/remote.rs itself.
# OSUSUME_BIN=path takes this command instead of building one. OSUSUME_LAMBDA=path takes this
# function instead of building one, with --quick.
set -eu
cd "$(dirname "$0")/.."
. pkg-scripts/lambda/tools.sh
case ${1:-} in
  '') quick= ;;
  --quick) quick=--quick ;;
  *) echo "usage: pkg-scripts/test-lambda.sh [--quick]" >&2; exit 2 ;;
esac
target=${CARGO_TARGET_DIR:-target}
command=${OSUSUME_BIN:-}
if [ -n "$quick" ]; then
  pkg-scripts/build-lambda.sh --dev
  if [ -z "$command" ]; then
    cargo build --quiet --locked $lambda_command
    command=$target/debug/osusume
  fi
  zip=target/lambda/dev.zip
else
  cargo test --quiet $lambda_remote
  pkg-scripts/build-lambda.sh
  if [ -z "$command" ]; then
    cargo build --quiet --locked --release $lambda_command
    command=$target/release/osusume
  fi
  zip=target/lambda/osusume.zip
  lambda_tools build
fi
lambda_tools s3 # last: its python3 runs the test
PYTHONPATH=pkg-scripts exec python3 pkg-scripts/lambda/test_lambda.py "$zip" "$command" $quick
