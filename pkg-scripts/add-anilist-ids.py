#!/usr/bin/env python3
"""Adds the column AniList to a catalogue keyed by MyAnimeList's ids: where AniList has the same show.

usage: add-anilist-ids.py anime.csv.gz out.csv.gz

The pairs of ids are those of the npm package @kawaiioverflow/arm (MIT). It is kept in the cache folder.
"""

import csv
import gzip
import json
import os
import pathlib
import subprocess
import sys
import tarfile
import tempfile

PACKAGE = "@kawaiioverflow/arm"
VERSION = "0.225.0"


def pairs() -> dict[str, int]:
    """Returns AniList's id of each of MyAnimeList's."""
    cache = (
        pathlib.Path(os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache") / "osusume"
    )
    kept = cache / f"arm-{VERSION}.json"
    if not kept.exists():
        cache.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory() as folder:
            subprocess.run(
                ["npm", "pack", "--silent", f"{PACKAGE}@{VERSION}"],
                cwd=folder,
                check=True,
                stdout=sys.stderr,
            )
            (archive,) = pathlib.Path(folder).glob("*.tgz")
            with tarfile.open(archive) as files:
                text = files.extractfile("package/arm.json").read()
        partial = kept.with_suffix(".partial")
        partial.write_bytes(text)
        partial.replace(kept)
    rows = json.loads(kept.read_bytes())
    return {
        str(row["mal_id"]): row["anilist_id"]
        for row in rows
        if "mal_id" in row and "anilist_id" in row
    }


def main() -> None:
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    anilist = pairs()
    found = rows = 0
    with gzip.open(sys.argv[1], "rt", encoding="utf-8", newline="") as source, gzip.open(
        sys.argv[2], "wt", encoding="utf-8", newline=""
    ) as out:
        reader, writer = csv.reader(source), csv.writer(out, lineterminator="\n")
        head = next(reader)
        key = head.index("anime_id")
        writer.writerow([*head, "AniList"])
        for row in reader:
            rows += 1
            found += row[key] in anilist
            writer.writerow([*row, anilist.get(row[key], "")])
    print(f"AniList ids: {found} of {rows} rows", file=sys.stderr)


if __name__ == "__main__":
    main()
