"""Cold starts of the function beside the old stack's way; see bench-lambda.sh.

    bench_cold.py ZIP PYTHON COMMAND [COUNT]     PYTHON has numpy, pandas and scikit-learn, COMMAND is osusume

Both get the same question. The function is timed from the start of its process to its answer's arrival at the runtime interface,
which is this script; its release comes from the zip, in the page cache, as the old stack's files do. They take turns, so that
whatever else the machine does hits both. Peak memory is the kernel's own count (ru_maxrss) of the child.
"""

import csv
import json
import os
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import zipfile
from pathlib import Path

TITLE, N = "Fullmetal Alchemist: Brotherhood", 10


def event():
    path = Path(__file__).parent / "events/rest-api.json"
    event = json.loads(path.read_text("utf-8"))
    event["headers"].pop("Accept-Encoding")
    event["multiValueHeaders"].pop("Accept-Encoding")
    event["body"] = json.dumps({"name": TITLE, "n": N})
    return json.dumps(event).encode()


def cold_function(bootstrap, body):
    """Returns seconds to the answer, the peak in KiB, and the answer."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        env = {
            "AWS_LAMBDA_RUNTIME_API": f"127.0.0.1:{port}",
            "AWS_LAMBDA_FUNCTION_NAME": "osusume",
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "256",
            "AWS_LAMBDA_FUNCTION_VERSION": "1",
        }
        started = time.perf_counter()
        child = subprocess.Popen([bootstrap], env=env, stdout=subprocess.DEVNULL)
        reply, took = None, None
        while reply is None:
            connection, _ = server.accept()
            with connection:
                stream = connection.makefile("rwb")
                while reply is None and (line := stream.readline()):
                    length = 0
                    while (header := stream.readline().strip()) != b"":
                        if header.lower().startswith(b"content-length:"):
                            length = int(header.split(b":")[1])
                        if header.lower() == b"transfer-encoding: chunked":
                            length = -1
                    content = chunks(stream) if length < 0 else stream.read(length)
                    if line.startswith(b"GET"):
                        head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nLambda-Runtime-Aws-Request-Id: 1\r\nLambda-Runtime-Deadline-Ms: 9999999999999\r\nLambda-Runtime-Invoked-Function-Arn: arn:aws:lambda:us-east-1:123456789012:function:osusume\r\n"
                        stream.write((head + f"Content-Length: {len(body)}\r\n\r\n").encode() + body)
                        stream.flush()
                    else:
                        took, reply = time.perf_counter() - started, content
        child.kill()
        _, _, usage = os.wait4(child.pid, 0)
        child.returncode = 0
    return took, usage.ru_maxrss, json.loads(json.loads(reply)["body"])


def chunks(stream):
    out = b""
    while (size := int(stream.readline(), 16)) > 0:
        out += stream.read(size)
        stream.readline()
    stream.readline()
    return out


def cold_python(python, folder):
    started = time.perf_counter()
    script = str(Path(__file__).parent / "old_stack.py")
    child = subprocess.Popen([python, script, folder, TITLE, str(N)], stdout=subprocess.PIPE)
    out = child.stdout.read()
    _, _, usage = os.wait4(child.pid, 0)
    took = time.perf_counter() - started
    child.returncode = 0
    return took, usage.ru_maxrss, json.loads(out.splitlines()[0])


def write_old_files(release, folder, python, answers):
    """The same vectors as NPY of f32 and the same catalogue as CSV, which is what the old stack read."""
    manifest = json.loads((release / "manifest.json").read_text("utf-8"))
    rows = answers["items"]
    # Items that the look-ups below did not come upon: copies stand in for them.
    rows = [rows[at % len(rows)] for at in range(manifest["items"])]
    with open(folder / "anime.csv", "w", newline="", encoding="utf-8") as out:
        writer = csv.writer(out)
        writer.writerow(["anime_id", "Name", "English name", "Genres", "Type", "Score", "Members", "Synopsis"])
        for item in rows:
            fields = item["fields"]
            # The old table held the synopses; a text of their usual length stands in for them.
            writer.writerow([item["id"], item["title"], fields.get("english", ""), ", ".join(fields.get("genres", [])), fields.get("type", ""), fields.get("score", ""), fields.get("members", ""), ("word " * 80)])
    code = """
import json, sys
import numpy as np
release, folder, manifest = sys.argv[1], sys.argv[2], json.loads(sys.argv[3])
for model in manifest["models"]:
    blob = open(f"{release}/{model['file']}", "rb").read()
    head = 32 + 32 * -((32 - len(blob)) // (262_144 + 32))
    rows, dims = int.from_bytes(blob[head : head + 4], "little"), model["dims"]  # rows with a vector
    values = np.frombuffer(blob[-rows * dims * 2 :], "<f2").astype(np.float32).reshape(rows, dims)
    # One row an item, as the old files had: items without a vector get zeros.
    full = np.zeros((manifest["items"], dims), np.float32)
    full[: rows] = values
    np.save(f"{folder}/{model['name']}.npy", full)
"""
    subprocess.run([python, "-c", code, release, folder, json.dumps(manifest)], check=True)


def catalogue(bootstrap_folder, command):
    """Every item, by way of the command."""
    ids = {}
    for letter in "abcdefghijklmnopqrstuvwxyz0123456789":
        line = [command, "find", letter, "-n", "1000", "--json", "--release", bootstrap_folder / "embeddings"]
        for match in json.loads(subprocess.run(line, capture_output=True, check=True).stdout):
            ids[match["id"]] = match
    return {"items": list(ids.values())}


def spread(values):
    values = sorted(values)
    at = lambda q: values[min(len(values) - 1, int(q * len(values)))]
    return f"least {values[0]:9.1f}   median {statistics.median(values):9.1f}   p90 {at(0.9):9.1f}   most {values[-1]:9.1f}"


def histogram(values, buckets=12):
    low, high = min(values), max(values)
    width = (high - low) / buckets or 1
    counts = [0] * buckets
    for value in values:
        counts[min(buckets - 1, int((value - low) / width))] += 1
    return "\n".join(f"    {low + at * width:8.1f} ms {'#' * count} {count or ''}".rstrip() for at, count in enumerate(counts))


def main():
    archive, python, command = sys.argv[1:4]
    count = int(sys.argv[4]) if len(sys.argv) > 4 else 50
    folder = Path(tempfile.mkdtemp(prefix="osusume-cold-"))
    try:
        with zipfile.ZipFile(archive) as zipped:
            zipped.extractall(folder)
        bootstrap = folder / "bootstrap"
        bootstrap.chmod(0o755)
        write_old_files(folder / "embeddings", folder, python, catalogue(folder, command))
        body = event()
        cold_function(bootstrap, body)
        cold_python(python, folder)
        ours, theirs = [], []
        for _ in range(count):
            ours.append(cold_function(bootstrap, body))
            theirs.append(cold_python(python, folder))
    finally:
        shutil.rmtree(folder)
    assert all(len(answer) == N for _, _, answer in ours + theirs)
    millis = lambda runs: [took * 1000 for took, _, _ in runs]
    mebi = lambda runs: [peak / 1024 for _, peak, _ in runs]
    product = lambda runs: statistics.median(took * peak / 1024 for took, peak, _ in runs)
    print(f"{count} cold starts each, taking turns; load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    print(f"function   ms   {spread(millis(ours))}\n{histogram(millis(ours))}")
    print(f"old stack  ms   {spread(millis(theirs))}\n{histogram(millis(theirs))}")
    print(f"function   MiB  {spread(mebi(ours))}\nold stack  MiB  {spread(mebi(theirs))}")
    faster = statistics.median(millis(theirs)) / statistics.median(millis(ours))
    print(f"faster, median by median: {faster:.0f} x; memory-time (peak x wall): {product(theirs) / product(ours):.0f} x less")


if __name__ == "__main__":
    main()
