#!/usr/bin/env python3
"""Attacks `osusume serve`: floods of connections, slow clients, too few descriptors, malformed requests, long mixed load.

    pkg-scripts/trust/serve.py COMMAND RELEASE [SECONDS of mixed load, 60 unless told]

After each attack the server must still answer rightly, and must not have grown beyond what it may. Prints one line each.
"""
import json
import random
import resource
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from pathlib import Path

COMMAND, RELEASE = sys.argv[1], sys.argv[2]
SECONDS = int(sys.argv[3]) if len(sys.argv) > 3 else 60
# What the buffers of the 512 connections that are taken at a time may hold, with the allocator's own.
MOST_GROWTH = 96 << 20

_, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


class Server:
    """A server on a free port, stopped at the end of the `with`."""

    def __init__(self, descriptors=None):
        limit = None if descriptors is None else lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (descriptors, descriptors))
        command = [COMMAND, "serve", "--port", "0", "--release", RELEASE, "--quiet"]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, preexec_fn=limit)
        self.url = self.process.stdout.readline().strip().rstrip("/")
        self.port = int(self.url.rsplit(":", 1)[1])
        self.right = self.ask()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()

    def ask(self, wait=60):
        """The answer to a fixed question, which must come within `wait` seconds, however the server is held up."""
        body = json.dumps({"liked": [1, 5], "limit": 5, "explain": True}).encode()
        return urllib.request.urlopen(urllib.request.Request(f"{self.url}/v1/recommend", body), timeout=wait).read()

    def memory(self):
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(status.split("VmRSS:")[1].split()[0]) << 10

    def connect(self, wait=2.0):
        return socket.create_connection(("127.0.0.1", self.port), timeout=wait)

    def holds(self, what, before, told):
        """Ends an attack: the same answer as at first, and no more memory than allowed."""
        assert self.process.poll() is None, f"{what}: the server ended"
        assert self.ask() == self.right, f"{what}: another answer"
        grown = self.memory() - before
        assert grown < MOST_GROWTH, f"{what}: {grown >> 20} MiB more"
        print(f"serve: {what}: {told}; the right answer afterwards, {grown / (1 << 20):+.1f} MiB", flush=True)


def flood():
    with Server() as server:
        before = server.memory()
        held, refused, most = [], 0, 0
        for _ in range(10_000):
            try:
                held.append(server.connect(0.02))
            except OSError:
                refused += 1
        most = server.memory()
        assert most - before < MOST_GROWTH, f"{(most - before) >> 20} MiB more under the flood"
        for connection in held:
            connection.close()
        server.holds("10,000 connections that say nothing", before, f"{len(held)} made, {refused} not, {(most - before) / (1 << 20):+.1f} MiB at the peak")


def slow():
    with Server() as server:
        before = server.memory()
        drips = [server.connect() for _ in range(600)]
        end = time.monotonic() + 20
        head = b"POST /v1/recommend HTTP/1.1\r\nhost: a\r\ncontent-length: 1000\r\n\r\n{"
        at, first = 0, None
        asking = threading.Thread(target=lambda: server.ask())
        asking.start()
        while time.monotonic() < end:
            for drip in drips:
                try:
                    drip.send(head[at % len(head) : at % len(head) + 1])
                except OSError:
                    pass
            at += 1
            if first is None and not asking.is_alive():
                first = at
            time.sleep(0.5)
        asking.join()
        for drip in drips:
            drip.close()
        server.holds("600 clients that send two bytes a second", before, "another client was answered meanwhile" if first else "another client was answered when they had been turned out")


def few_descriptors():
    with Server(descriptors=64) as server:
        before = server.memory()
        held = []
        for _ in range(300):
            try:
                held.append(server.connect(0.02))
            except OSError:
                pass
        time.sleep(2)
        for connection in held:
            connection.close()
        server.holds("64 descriptors and 300 connections", before, f"{len(held)} made")


def malformed(count=5000):
    draw = random.Random(1)
    whole = [
        b"GET /v1/health HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n",
        b"GET /v1/find?text=cow%20boy&limit=3 HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n",
        b'POST /v1/recommend HTTP/1.1\r\nhost: a\r\nconnection: close\r\ncontent-length: 14\r\n\r\n{"liked": [1]}',
        b"POST /v1/recommend HTTP/1.1\r\nhost: a\r\nconnection: close\r\ntransfer-encoding: chunked\r\n\r\ne\r\n{\"liked\": [1]}\r\n0\r\n\r\n",
    ]
    with Server() as server:
        before = server.memory()
        seen = {}
        for _ in range(count):
            request = bytearray(draw.choice(whole))
            for _ in range(draw.randint(1, 4)):
                at = draw.randrange(len(request))
                match draw.randrange(4):
                    case 0:
                        request[at] = draw.randrange(256)
                    case 1:
                        del request[at : at + draw.randint(1, 8)]
                    case 2:
                        request[at:at] = bytes(draw.randrange(256) for _ in range(draw.randint(1, 8)))
                    case 3:
                        request[at:at] = request[at : at + 20]
                request = request or bytearray(b"x")
            with server.connect() as connection:
                connection.sendall(request)
                connection.shutdown(socket.SHUT_WR)
                reply = b""
                try:
                    while part := connection.recv(65536):
                        reply += part
                except OSError:
                    pass
            status = reply[9:12].decode("latin-1") if reply.startswith(b"HTTP/1.") else "closed"
            seen[status] = seen.get(status, 0) + 1
        assert not [status for status in seen if status.startswith("5")], seen
        server.holds(f"{count:,} malformed requests", before, ", ".join(f"{status} {number}" for status, number in sorted(seen.items())))


def soak(seconds):
    draw = random.Random(2)
    with Server() as server:
        ids = [item["id"] for item in json.loads(urllib.request.urlopen(f"{server.url}/v1/find?text=a&limit=100").read())]
        done, tenths = 0, []
        start = time.monotonic()
        for tenth in range(10):
            while time.monotonic() < start + seconds * (tenth + 1) / 10:
                match draw.randrange(4):
                    case 0:
                        path, body = f"/v1/similar?id={draw.choice(ids)}&limit={draw.randint(1, 100)}", None
                    case 1:
                        path, body = f"/v1/find?text={draw.choice('abcdefgh')}{draw.choice('aeiou')}", None
                    case 2:
                        path, body = f"/v1/items/{draw.randint(0, 1 << 20)}", None
                    case _:
                        likes = draw.sample(ids, draw.randint(1, 20))
                        path, body = "/v1/recommend", json.dumps({"liked": likes, "model": {"ncf": 1, "synopsis": draw.random() + 0.1}, "diversity": draw.random(), "explain": True}).encode()
                try:
                    urllib.request.urlopen(urllib.request.Request(server.url + path, body), timeout=30).read()
                except urllib.error.HTTPError as error:
                    assert error.code == 404, error
                done += 1
            tenths.append(server.memory() / (1 << 20))
        assert tenths[-1] < tenths[1] * 1.1 + 4, f"memory grows: {tenths}"
        server.holds(f"{seconds} s of mixed load", int(tenths[1] * (1 << 20)), f"{done:,} requests; MiB after each tenth: {', '.join(f'{each:.1f}' for each in tenths)}")


flood()
slow()
few_descriptors()
malformed()
soak(SECONDS)
