#!/bin/sh
# Runs osls on serverless.yml; it is installed once, into the cache folder.
#   pkg-scripts/lambda/osls.sh package                            makes the CloudFormation; no account is needed
#   pkg-scripts/lambda/osls.sh deploy --region eu-central-1       pkg-scripts/lambda/osls.sh remove --region eu-central-1
#   --param=release=s3://bucket/prefix --param=bucket=bucket --param=prefix=prefix   takes the release from S3
set -eu
cd "$(dirname "$0")"
version=4.3.1
tools=${XDG_CACHE_HOME:-$HOME/.cache}/osusume/osls-$version
if [ ! -x "$tools/node_modules/.bin/osls" ]; then
  echo "installing osls $version (once) ..." >&2
  mkdir -p "$tools"
  npm install --prefix "$tools" --silent --no-audit --no-fund "osls@$version" >&2
fi
[ -f ../../target/lambda/osusume.zip ] || { echo "osls.sh: pkg-scripts/build-lambda.sh makes the zip first" >&2; exit 1; }
export SLS_TELEMETRY_DISABLED=1 SLS_NOTIFICATIONS_MODE=off
exec "$tools/node_modules/.bin/osls" "$@"
