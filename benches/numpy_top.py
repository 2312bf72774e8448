"""Times the native build beside numpy's `W @ q` and argpartition, one thread each, asked in turn; `pkg-scripts/bench-native.sh`.

Each answer of osusume is held to numpy's: the same ten, but for scores that f32 cannot tell apart.
"""
import datetime
import json
import os
import platform
import re
import statistics
import struct
import subprocess
import sys
import time
from pathlib import Path

import numpy as np


def release(folder, name):
    """The unit vectors of a cosine model as f32, and the id of each row."""
    manifest = json.loads((folder / "manifest.json").read_text())
    model = next(m for m in manifest["models"] if name in (None, m["name"]))
    blob = (folder / model["file"]).read_bytes()
    _, rows, dims, runs = struct.unpack("<4I", blob[16:32])
    covered = np.concatenate([np.arange(a, a + n) for a, n in struct.iter_unpack("<2I", blob[32 : 32 + 8 * runs])])
    values = np.frombuffer(blob, "<f2", offset=len(blob) - rows * dims * 2).reshape(rows, dims).astype(np.float32)
    values /= np.linalg.norm(values, axis=1, keepdims=True)
    catalogue = next(f for f in manifest["files"] if f["kind"] == "catalogue")["name"]
    import gzip

    columns = gzip.decompress((folder / catalogue).read_bytes()[32:])
    ids = np.frombuffer(columns, "<u4", count=manifest["items"], offset=8)
    return model["name"], values, ids[covered]


def main(binary, folders):
    table = ["| data | osusume | numpy | × numpy |", "| --- | --: | --: | --: |"]
    for title, folder, name in folders:
        name, values, ids = release(folder, name)
        queries = [int(at * 0.6180339887498949 % 1 * len(ids)) for at in range(1, 221)]
        ours, theirs = [], []
        with subprocess.Popen([binary, str(folder), name], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as engine:
            for turn, query in enumerate(queries):
                vector = values[query]
                started = time.perf_counter_ns()
                scores = values @ vector
                best = np.argpartition(scores, -11)[-11:]
                best = best[np.argsort(-scores[best])]
                numpy_took = time.perf_counter_ns() - started
                print(ids[query], file=engine.stdin, flush=True)
                took, *found = map(int, engine.stdout.readline().split())
                others = [at for at in best if at != query][:10]
                score_of = dict(zip(ids.tolist(), scores.tolist()))
                assert len(found) == 10 and all(score_of[i] >= scores[others[-1]] - 2e-6 for i in found), (query, found)
                if turn >= 20:
                    ours.append(took / 1e6)
                    theirs.append(numpy_took / 1e6)
        ms, numpy_ms = statistics.median(ours), statistics.median(theirs)
        table.append(f"| {title}: {len(ids):,} × {values.shape[1]} | {ms:.3f} ms | {numpy_ms:.3f} ms | {ms / numpy_ms:.2f} |")
    cpu = re.search(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text()).group(1) if Path("/proc/cpuinfo").exists() else platform.processor()
    load = ", ".join(f"{v:.1f}" for v in os.getloadavg())
    text = f"""`./pkg-scripts/bench-native.sh`, {datetime.date.today()}, {cpu}, load average {load}: compare the ratios.
Medians of 200 top-10 queries, one thread each, taking turns. numpy {np.__version__} holds the rows as f32 and computes `W @ q`, `argpartition` and
the order of the ten. osusume's times are whole requests with their answers. The command checks that both give the same ten.

"""
    page = Path(__file__).parent.parent / "docs/BENCHMARKS.md"
    whole = page.read_text()
    start, end = "<!-- native -->", "<!-- /native -->"
    head, tail = whole[: whole.index(start) + len(start)], whole[whole.index(end) :]
    page.write_text(f"{head}\n{text}" + "\n".join(table) + f"\n\n{tail}")
    print("\n".join(table))


if __name__ == "__main__":
    main(sys.argv[1], [(title, Path(folder), name or None) for title, folder, name in (argument.split("=") for argument in sys.argv[2:])])
