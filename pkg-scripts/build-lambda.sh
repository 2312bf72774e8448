#!/bin/sh
# Builds the function and zips it with a release: target/lambda/osusume.zip, ready for provided.al2023.
#   pkg-scripts/build-lambda.sh                  x86_64, with the release of embeddings/
#   pkg-scripts/build-lambda.sh --arm64          needs the target aarch64-unknown-linux-gnu (rustup target add)
#   pkg-scripts/build-lambda.sh --without        no release inside: OSUSUME_RELEASE will say where it is
#   pkg-scripts/build-lambda.sh --dev            for tests: target/lambda/dev.zip, by cargo alone in
#                                                the dev profile, or with the program that
#                                                OSUSUME_LAMBDA=path names
# EMBEDDINGS=folder takes another release. Every file is held to its SHA-256 here, once, so that the function need not.
set -eu
cd "$(dirname "$0")/.."
. pkg-scripts/lambda/tools.sh

arch=--x86-64 dev= release=${EMBEDDINGS:-embeddings}
for option; do
  case $option in
    --arm64) arch=--arm64 ;;
    --x86-64) arch=--x86-64 ;;
    --without) release= ;;
    --dev) dev=1 ;;
    *) echo "usage: build-lambda.sh [--arm64|--x86-64|--dev] [--without]" >&2; exit 2 ;;
  esac
done
target=${CARGO_TARGET_DIR:-target}
if [ -n "$dev" ]; then
  bootstrap=${OSUSUME_LAMBDA:-} out=target/lambda/dev.zip
  if [ -z "$bootstrap" ]; then
    cargo build --quiet --locked $lambda_function
    bootstrap=$target/debug/osusume-lambda
  fi
else
  lambda_tools build
  # For its own architecture it needs nothing from rustup, and must not ask.
  [ "$arch" = --arm64 ] || export RUSTUP_DIST_SERVER=http://127.0.0.1:9
  cargo lambda build --quiet --locked --profile lambda $lambda_function "$arch"
  bootstrap=$target/lambda/osusume-lambda/bootstrap out=target/lambda/osusume.zip
fi

mkdir -p target/lambda
PYTHONPATH=pkg-scripts exec python3 - "$bootstrap" "$release" "$out" <<'PYTHON'
import hashlib
import json
import math
import sys
import zipfile
from pathlib import Path

import release_files
from release_files import CHUNK_BYTES

bootstrap, release, out = sys.argv[1:]


def add(archive, name, content, mode):
    """The same bytes make the same zip, so that an unchanged function is not deployed again."""
    entry = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
    entry.external_attr, entry.compress_type = (0o100000 | mode) << 16, zipfile.ZIP_DEFLATED
    archive.writestr(entry, content, compresslevel=9)


def is_intact(file, content):
    """The manifest pins the head of a file, and the head its chunks (docs/FORMAT.md, section 3)."""
    if file["kind"] == "about":
        return hashlib.sha256(content).hexdigest() == file["sha256"]
    head = 32 + 32 * math.ceil((len(content) - 32) / (CHUNK_BYTES + 32))
    chunks = (content[at : at + CHUNK_BYTES] for at in range(head, len(content), CHUNK_BYTES))
    found = b"".join(hashlib.sha256(part).digest() for part in (content[:head], *chunks))
    return found == bytes.fromhex(file["sha256"]) + content[32:head]


with zipfile.ZipFile(out + ".new", "w") as archive:
    program = Path(bootstrap).read_bytes()
    add(archive, "bootstrap", program, 0o755)
    alone = archive.infolist()[0].compress_size
    if release:
        manifest = Path(release, "manifest.json").read_bytes()
        add(archive, "embeddings/manifest.json", manifest, 0o644)
        release_files.unpack(Path(release), json.loads(manifest))
        for file in json.loads(manifest)["files"]:
            names = [name for name, _, _ in release_files.parts(file)]
            parts = [(name, Path(release, name).read_bytes()) for name in names]
            if not is_intact(file, b"".join(part for _, part in parts)):
                sys.exit(f"build-lambda.sh: {file['name']}: its SHA-256 is not the manifest's; build the release again")
            for name, part in parts:
                add(archive, f"embeddings/{name}", part, 0o644)
Path(out + ".new").rename(out)
print(f"{out}: {Path(out).stat().st_size / 1e6:.2f} MB; bootstrap {len(program) / 1e6:.2f} MB, zipped {alone / 1e6:.2f} MB")
PYTHON
