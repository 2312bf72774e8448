"""The pieces that the function's tests and measurements start, kill and start again. Standard library only."""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Process:
    """A child in a group of its own, so that what it starts ends with it. Its output goes to a file."""

    def __init__(self, command, log, env=None, cwd=None):
        self.log = open(log, "ab")
        environment = {**os.environ, **(env or {})}
        self.child = subprocess.Popen(command, stdout=self.log, stderr=self.log, stdin=subprocess.DEVNULL, env=environment, cwd=cwd, start_new_session=True)

    @property
    def pid(self):
        return self.child.pid

    def running(self):
        return self.child.poll() is None

    def kill(self):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.child.pid, signal.SIGKILL)
        self.child.wait()
        self.log.close()

    def memory_kib(self, field="VmRSS"):
        for line in Path(f"/proc/{self.child.pid}/status").read_text().splitlines():
            if line.startswith(field + ":"):
                return int(line.split()[1])
        raise RuntimeError(f"no {field}")


def until(what, check, seconds=20):
    """Waits until check() is true; errors count as not yet."""
    end, last = time.monotonic() + seconds, None
    while time.monotonic() < end:
        try:
            if check():
                return
        except (OSError, AssertionError, ValueError) as error:
            last = error
        time.sleep(0.02)
    raise SystemExit(f"FAILED: {what} did not happen in {seconds} s ({last})")


def http(method, url, body=None, headers=None, timeout=20):
    """Returns status, headers and body, of errors too. Equal headers are joined by commas."""
    data = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
    request = urllib.request.Request(url, data=data, method=method, headers=headers or {})
    try:
        with urllib.request.urlopen(request, timeout=timeout) as reply:
            return reply.status, joined(reply.headers), reply.read()
    except urllib.error.HTTPError as error:
        return error.code, joined(error.headers), error.read()


def joined(headers):
    return {name.lower(): ", ".join(headers.get_all(name)) for name in headers}


def runtime(port, log, small=False):
    """Starts a Lambda runtime interface and HTTP in front of it: cargo-lambda's, or runtime.py."""
    if small:
        command = [sys.executable, Path(__file__).with_name("runtime.py"), str(port)]
    else:
        command = ["cargo", "lambda", "watch", "--only-lambda-apis", "-A", "127.0.0.1"]
        command += ["-P", str(port)]
    process = Process(command, log, cwd=Path(__file__).parents[2])

    def listens():
        with socket.create_connection(("127.0.0.1", port), 1):
            return True

    until("the runtime interface listening", listens)
    return process


def function(bootstrap, port, log, env=None):
    """The function itself, as Lambda starts it."""
    lambda_env = {
        "AWS_LAMBDA_RUNTIME_API": f"http://127.0.0.1:{port}/.rt",
        "AWS_LAMBDA_FUNCTION_NAME": "_",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "256",
        "AWS_LAMBDA_FUNCTION_VERSION": "1",
    }
    return Process([bootstrap], log, {**lambda_env, **(env or {})})
