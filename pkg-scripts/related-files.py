#!/usr/bin/env python3
"""Keeps the related lists of a release as one file, as a repository should, or unpacks them again.

    pkg-scripts/related-files.py pack embeddings      related.TAG/ becomes related.TAG.tar.xz
    pkg-scripts/related-files.py unpack embeddings    and the other way round, if the folder is not there yet

A release has thousands of these small files (docs/FORMAT.md, section 9). build-site.sh and test.sh unpack those of
embeddings/; the folder is not in the repository.
"""

import json
import lzma
import re
import shutil
import sys
import tarfile
from pathlib import Path


def folder_of(release):
    """Returns the folder that the manifest names, or None if the release has no related lists."""
    related = json.loads((release / "manifest.json").read_text("utf-8")).get("related")
    if related is None:
        return None
    if not re.fullmatch(r"related\.[0-9a-f]{16}", related["folder"]):
        sys.exit(f"related-files.py: {release}/manifest.json: {related['folder']!r} is no folder of related lists")
    return release / related["folder"]


def pack(release, folder):
    """The same lists give the same bytes."""
    archive = Path(f"{folder}.tar.xz")
    with tarfile.open(archive, "w:xz", preset=9 | lzma.PRESET_EXTREME) as tar:
        # By number, so that files alike in their beginnings lie close together.
        for path in sorted(folder.iterdir(), key=lambda path: (len(path.name), path.name)):
            info = tarfile.TarInfo(f"{folder.name}/{path.name}")
            info.size = path.stat().st_size
            with path.open("rb") as file:
                tar.addfile(info, file)
    for other in release.glob("related.*"):
        if other not in (archive, folder):
            shutil.rmtree(other) if other.is_dir() else other.unlink()
    print(f"{archive}: {archive.stat().st_size:,} bytes")


def unpack(release, folder):
    if folder.is_dir():
        return
    archive = Path(f"{folder}.tar.xz")
    if not archive.is_file():
        sys.exit(f"related-files.py: neither {folder} nor {archive} is there, though the manifest names the lists; build the release again")
    new = release / f".{folder.name}"
    shutil.rmtree(new, ignore_errors=True)
    with tarfile.open(archive, "r:xz") as tar:
        safely = {"filter": "data"} if hasattr(tarfile, "data_filter") else {}
        tar.extractall(new, **safely)
    (new / folder.name).rename(folder)
    new.rmdir()


def main():
    if len(sys.argv) != 3 or sys.argv[1] not in ("pack", "unpack"):
        sys.exit(__doc__)
    release = Path(sys.argv[2])
    folder = folder_of(release)
    if folder is not None:
        (pack if sys.argv[1] == "pack" else unpack)(release, folder)


main()
