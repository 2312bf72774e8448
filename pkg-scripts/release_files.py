#!/usr/bin/env python3
"""Keeps a release as a few files, as a repository should, or unpacks them to what a site serves.

    pkg-scripts/release_files.py pack embeddings      NAME.bin and its chunks become NAME.whole,
                                                      related.TAG/ becomes related.TAG.tar.xz
    pkg-scripts/release_files.py unpack embeddings    and the other way round, what is not there yet

A release has thousands of files: the related lists, and the chunks of every long file (docs/FORMAT.md,
sections 3 and 9). build-site.sh and test.sh unpack those of embeddings/; what they unpack is not in the
repository. Other scripts import `served` and `parts`.
"""

import json
import lzma
import re
import shutil
import sys
import tarfile
from pathlib import Path

CHUNK_BYTES = 1 << 18


def parts(file):
    """Returns the files that a file of the manifest lies in: names, and where their bytes begin and end."""
    name, size = file["name"], file["bytes"]
    chunks = 0 if file["kind"] == "about" else -(-(size - 32) // (CHUNK_BYTES + 32))
    if chunks < 2:
        return [(name, 0, size)]
    stem, extension = name.rsplit(".", 1)
    head = 32 + 32 * chunks
    starts = [head + at * CHUNK_BYTES for at in range(chunks)]
    ends = [*starts[1:], size]
    names = [f"{stem}.{at}.{extension}" for at in range(chunks)]
    return [(name, 0, head), *zip(names, starts, ends)]


def served(manifest):
    """Returns the names of all files of a release that a site serves, but for the manifest."""
    names = [name for file in manifest["files"] for name, _, _ in parts(file)]
    related = manifest.get("related")
    if related:
        lists = ["index.bin", *(f"{at}.json" for at in range(related["shards"]))]
        names += [f"{related['folder']}/{name}" for name in lists]
    return names


def whole_of(release, file):
    """Returns where the repository has a long file."""
    return release / f"{file['name'].rsplit('.', 1)[0]}.whole"


def long_files(manifest):
    return [file for file in manifest["files"] if len(parts(file)) > 1]


def pack(release, manifest):
    """The same release gives the same bytes."""
    kept = set()
    for file in long_files(manifest):
        whole = whole_of(release, file)
        content = b"".join((release / name).read_bytes() for name, _, _ in parts(file))
        whole.write_bytes(content)
        kept.add(whole)
        print(f"{whole}: {len(content):,} bytes")
    folder = related_folder(release, manifest)
    if folder:
        archive = Path(f"{folder}.tar.xz")
        with tarfile.open(archive, "w:xz", preset=9 | lzma.PRESET_EXTREME) as tar:
            # By number, so that files alike in their beginnings lie close together.
            for path in sorted(folder.iterdir(), key=lambda path: (len(path.name), path.name)):
                info = tarfile.TarInfo(f"{folder.name}/{path.name}")
                info.size = path.stat().st_size
                with path.open("rb") as content:
                    tar.addfile(info, content)
        kept |= {archive, folder}
        print(f"{archive}: {archive.stat().st_size:,} bytes")
    for other in [*release.glob("*.whole"), *release.glob("related.*")]:
        if other not in kept:
            shutil.rmtree(other) if other.is_dir() else other.unlink()


def unpack(release, manifest):
    for file in long_files(manifest):
        missing = [part for part in parts(file) if not (release / part[0]).is_file()]
        if not missing:
            continue
        whole = whole_of(release, file)
        if not whole.is_file():
            stop(f"neither {release / missing[0][0]} nor {whole} is there, though the manifest names the file")
        content = whole.read_bytes()
        for name, start, end in missing:
            write(release / name, content[start:end])
    folder = related_folder(release, manifest)
    if not folder or folder.is_dir():
        return
    archive = Path(f"{folder}.tar.xz")
    if not archive.is_file():
        stop(f"neither {folder} nor {archive} is there, though the manifest names the lists")
    new = release / f".{folder.name}"
    shutil.rmtree(new, ignore_errors=True)
    with tarfile.open(archive, "r:xz") as tar:
        safely = {"filter": "data"} if hasattr(tarfile, "data_filter") else {}
        tar.extractall(new, **safely)
    (new / folder.name).rename(folder)
    new.rmdir()


def write(path, content):
    """In one step, so that an interruption leaves no half of a file."""
    new = path.with_name(f".{path.name}")
    new.write_bytes(content)
    new.rename(path)


def related_folder(release, manifest):
    related = manifest.get("related")
    if related is None:
        return None
    if not re.fullmatch(r"related\.[0-9a-f]{16}", related["folder"]):
        stop(f"{release}/manifest.json: {related['folder']!r} is no folder of related lists")
    return release / related["folder"]


def stop(why):
    sys.exit(f"release_files.py: {why}; build the release again")


def main():
    if len(sys.argv) != 3 or sys.argv[1] not in ("pack", "unpack"):
        sys.exit(__doc__)
    release = Path(sys.argv[2])
    manifest = json.loads((release / "manifest.json").read_text("utf-8"))
    (pack if sys.argv[1] == "pack" else unpack)(release, manifest)


if __name__ == "__main__":
    main()
