#!/bin/sh
# Prints the path of a text file with a definition or an example of WordNet a line: what a text encoder learns common words from.
# Debian's package wordnet-base has it (WordNet 3.0, Princeton University; its licence lets everyone use it for anything).
# Only senses that somebody was found to have used are taken (index.*, tagsense_cnt; wndb(5WN)). Kept in the cache folder.
set -eu
cache=${XDG_CACHE_HOME:-$HOME/.cache}/osusume
glosses=$cache/glosses.txt
if [ ! -s "$glosses" ]; then
  work=$(mktemp -d)
  trap 'rm -rf "$work"' EXIT
  (cd "$work" && apt-get download -qq -o APT::Sandbox::User=root wordnet-base >&2 && dpkg -x wordnet-base_*.deb .) ||
    { echo "fetch-glosses: apt-get download wordnet-base failed; on another system unpack WordNet's dict folder and run glosses.py" >&2; exit 1; }
  mkdir -p "$cache"
  python3 "$(dirname "$0")/glosses.py" "$work/usr/share/wordnet" > "$work/glosses.txt"
  mv "$work/glosses.txt" "$glosses"
fi
echo "$glosses"
