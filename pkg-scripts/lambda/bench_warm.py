"""`osusume serve` under load from another process (wrk), and a soak at half of what was wanted; see bench-lambda.sh.

    bench_warm.py COMMAND RELEASE [LOAD_SECONDS] [SOAK_SECONDS]

CPU time a request is printed beside the rate: on a machine that does other things too the rate is a lower bound, and two cores
divided by the CPU time says what is there when it does not (the load generator takes its own part).
"""

import http.client
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

from emulator import Process, free_port, http as ask, until

WANTED = {"ncf": 3000, "synopsis": 800}


def cpu_seconds(pid):
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def ids_of(api, model):
    """Ids that the model covers: asked of it, they get no warning."""
    all_ids = set()
    for letter in "abcdefghijklmnopqrstuvwxyz":
        all_ids |= {match["id"] for match in json.loads(ask("GET", f"{api}/v1/find?limit=1000&text={letter}")[2])}
    connection = http.client.HTTPConnection(api.removeprefix("http://"))
    covered = []
    for item in sorted(all_ids):
        connection.request("GET", f"/v1/similar?limit=1&id={item}&model={model}")
        if not json.loads(connection.getresponse().read())["warnings"]:
            covered.append(item)
    return covered


def load(api, model, ids, seconds, server):
    before = cpu_seconds(server.pid)
    env = {**os.environ, "MODEL": model, "IDS": ids}
    line = ["wrk", "-t1", "-c4", f"-d{seconds}s", "--latency", "-s", str(Path(__file__).parent / "load.lua"), api]
    out = subprocess.run(line, capture_output=True, check=True, text=True, env=env).stdout
    result = next(line for line in out.splitlines() if line.startswith("RESULT")).split()
    count, took, p50, p99, failed = int(result[1]), float(result[2]), float(result[3]), float(result[4]), int(result[5])
    cpu = (cpu_seconds(server.pid) - before) / count
    print(
        f"{model:9} {count / took:7.0f} requests/s (wanted {WANTED[model]})   p50 {p50:6.2f} ms   p99 {p99:6.2f} ms   failed {failed}"
        f"   {cpu * 1e6:6.0f} us of CPU a request = {2 / cpu:7.0f}/s on two cores   load {os.getloadavg()[0]:.1f}",
        flush=True,
    )


def soak(api, files, seconds, server):
    """Half of each wanted rate at once, by the clock; memory every tenth of the time."""
    stop, counts, failed = time.monotonic() + seconds, {model: 0 for model in WANTED}, []

    def work(model, share):
        ids = Path(files[model]).read_text().split()
        connection = http.client.HTTPConnection(api.removeprefix("http://"), timeout=10)
        pause, due, at = share / (WANTED[model] / 2), time.monotonic(), 0
        while time.monotonic() < stop:
            at += 1
            try:
                connection.request("GET", f"/v1/similar?limit=10&id={ids[at % len(ids)]}&model={model}")
                reply = connection.getresponse()
                reply.read()
                if reply.status != 200:
                    failed.append(reply.status)
            except (OSError, http.client.HTTPException) as error:
                failed.append(repr(error))
                connection.close()
            counts[model] += 1
            due += pause
            time.sleep(max(0, due - time.monotonic()))

    threads = [threading.Thread(target=work, args=("ncf", 2)) for _ in range(2)] + [threading.Thread(target=work, args=("synopsis", 1))]
    for thread in threads:
        thread.start()
    memory = []
    for _ in range(10):
        time.sleep(seconds / 10)
        memory.append(server.memory_kib() / 1024)
    for thread in threads:
        thread.join()
    rates = ", ".join(f"{model} {count / seconds:.0f}/s" for model, count in counts.items())
    print(f"soak of {seconds} s: {rates}, failed {len(failed)} {failed[:3]}; resident MiB {' '.join(f'{m:.1f}' for m in memory)}")


def main():
    command, release = sys.argv[1:3]
    seconds = int(sys.argv[3]) if len(sys.argv) > 3 else 20
    soak_seconds = int(sys.argv[4]) if len(sys.argv) > 4 else 600
    with tempfile.TemporaryDirectory() as folder:
        port = free_port()
        api = f"http://127.0.0.1:{port}"
        server = Process([command, "serve", "--port", str(port), "--release", release, "--quiet"], f"{folder}/log")
        try:
            until("the first answer", lambda: ask("GET", api + "/v1/health")[0] == 200)
            files = {}
            for model in WANTED:
                files[model] = f"{folder}/{model}"
                Path(files[model]).write_text("\n".join(map(str, ids_of(api, model))))
            for model in WANTED:
                load(api, model, files[model], seconds, server)
            print(f"resident {server.memory_kib() / 1024:.1f} MiB, peak {server.memory_kib('VmHWM') / 1024:.1f} MiB")
            if soak_seconds:
                soak(api, files, soak_seconds, server)
        finally:
            server.kill()


if __name__ == "__main__":
    main()
