"""Runs the real bootstrap under a Lambda runtime interface; see test-lambda.sh.

    test_lambda.py ZIP COMMAND [--quick]      COMMAND is the osusume command that gives the answers
                                              to compare with

Scenarios run in order, each from the state that the one before leaves. The first failure ends the
run. The output is TAP: one line a scenario, then their number.
"""

import base64
import gzip
import itertools
import json
import random
import re
import shutil
import subprocess
import sys
import tempfile
import time
import zipfile
from pathlib import Path

import boto3
import brotli
from emulator import Process, free_port, function, http, runtime, until
from minisign import Signer
from release_files import parts

EVENTS = Path(__file__).parent / "events"
CORS = "access-control-allow-origin"
# The function loads files of these kinds (`release::assemble`). Browsers alone read the others.
LOADED_KINDS = {"catalogue", "images", "model", "residual", "text"}
SECRETS = {
    "AWS_ACCESS_KEY_ID": "key-id-of-the-test",
    "AWS_SECRET_ACCESS_KEY": "secret-of-the-test",
    "AWS_SESSION_TOKEN": "token-of-the-test",
}
TEXTS = ["a", "death", "naru", "fullmetal", "the", "5114", "zz", "ge", "shin", "kimi no"]
SIZES = [1, 3, 10, 50, 1000]


class Failed(Exception):
    """A scenario did not go as it should."""


def check(what, ok, found=None):
    if not ok:
        raise Failed(f"{what}: {found!r}")


def main():
    quick = "--quick" in sys.argv[3:]
    archive, command = Path(sys.argv[1]).resolve(), Path(sys.argv[2]).resolve()
    with tempfile.TemporaryDirectory(prefix="osusume-lambda-") as folder:
        stage = Stage(archive, command, Path(folder), quick)
        try:
            passed = run(stage)
        finally:
            stage.stop_all()
    if passed is None:
        sys.exit(1)
    print(f"# pass {passed}")


def run(stage):
    """Runs every scenario and returns their number, or None when one fails."""
    scenarios = [*BUNDLE, *S3]
    for number, scenario in enumerate(scenarios, 1):
        name, started = scenario.__doc__.splitlines()[0].rstrip("."), time.monotonic()
        try:
            scenario(stage)
        except (Exception, SystemExit) as error:  # until() exits
            print(f"not ok {number} - {name}\n  {type(error).__name__}: {error}", flush=True)
            stage.print_logs()
            return None
        print(f"ok {number} - {name} ({time.monotonic() - started:.1f} s)", flush=True)
    print(f"1..{len(scenarios)}")
    if not stage.quick:
        now, most = (stage.function.memory_kib(field) / 1024 for field in ("VmRSS", "VmHWM"))
        print(f"resident: {now:.1f} MiB, at most {most:.1f} MiB with two releases while renewing")
    return len(scenarios)


class Stage:
    """The function, the runtime interface, the S3 server, and what the scenarios share."""

    def __init__(self, archive, command, folder, quick):
        self.command, self.folder, self.quick = command, folder, quick
        with zipfile.ZipFile(archive) as zipped:
            zipped.extractall(folder / "task")
        self.bootstrap = folder / "task/bootstrap"
        self.bootstrap.chmod(0o755)
        self.release = folder / "task/embeddings"
        self.first = json.loads((self.release / "manifest.json").read_text("utf-8"))
        # The related lists answer the first's default question.
        others = {name: value for name, value in self.first.items() if name != "related"}
        self.second = {**others, "release": "00000000000000a2", "default": {"model": "synopsis"}}
        self.port, self.s3_port = free_port(), free_port()
        self.api = f"http://127.0.0.1:{self.port}"
        self.endpoint = f"http://127.0.0.1:{self.s3_port}"
        self.client = boto3.client(
            "s3",
            endpoint_url=self.endpoint,
            region_name="us-east-1",
            **{name.lower(): value for name, value in SECRETS.items()},
        )
        self.started = []
        self.function = self.runtime = self.s3 = None
        self.function_env = {}
        self.url = self.plain = None  # a request, and the first release's reply to it

    def start_runtime(self):
        self.runtime = runtime(self.port, self.folder / "runtime.log", small=self.quick)
        self.started.append(self.runtime)

    def start_function(self):
        log = self.folder / "function.log"
        self.function = function(self.bootstrap, self.port, log, self.function_env)
        self.started.append(self.function)

    def start_s3(self):
        """Starts an S3 server with an empty bucket."""
        line = ["moto_server", "-H", "127.0.0.1", "-p", str(self.s3_port)]
        self.s3 = Process(line, self.folder / "s3.log")
        self.started.append(self.s3)
        until("S3", lambda: http("GET", self.endpoint + "/moto-api/data.json")[0] == 200, 60)
        self.client.create_bucket(Bucket="site")

    def stop_all(self):
        for process in self.started:
            if process.running():
                process.kill()

    def print_logs(self):
        for log in sorted(self.folder.glob("*.log")):
            lines = log.read_text("utf-8", "replace").splitlines()
            print(f"-- {log.name}\n" + "\n".join(lines[-15:]), file=sys.stderr)

    def get(self, path):
        return http("GET", self.api + path, timeout=5)

    def invoke(self, event):
        """Sends an event as it is, and returns the function's reply as it is."""
        url = self.api + "/2015-03-31/functions/_/invocations"
        status, _, body = http("POST", url, json.dumps(event).encode())
        check("invoke", status == 200, (status, body))
        return json.loads(body)

    def ask(self, what, text, n, *more):
        """Returns what the command prints."""
        line = [self.command, what, text, "-n", str(n), "--json", "--release", self.release, *more]
        return subprocess.run(line, capture_output=True, check=True).stdout.rstrip(b"\n")

    def upload(self, manifest):
        """Puts a whole release into S3, the manifest last."""
        for file in manifest["files"]:
            for name in names_of(file):
                self.put(name, (self.release / name).read_bytes())
        self.put("manifest.json", json.dumps(manifest).encode())

    def put(self, name, content):
        self.client.put_object(Bucket="site", Key="osusume/v1/" + name, Body=content)

    def fetched(self):
        """Returns the names of the files that the function has read from S3."""
        log = (self.folder / "s3.log").read_text("utf-8", "replace")
        return set(re.findall(r'"GET /site/osusume/v1/([^?" ]+)', log))

    def log(self):
        text = (self.folder / "function.log").read_text("utf-8")
        # A function that a test kills may die half way through the runtime's own complaint.
        own = [line for line in text.splitlines() if not line.startswith("Lambda Runtime API")]
        return [json.loads(line) for line in own]

    def refusals(self):
        return [line for line in self.log() if line.get("event") == "release_refused"]

    def wait_for(self, what, manifest, problem=None):
        """Waits until this release answers, and its health names this problem, or none."""
        expected = (200, manifest["release"], "degraded" if problem else "ok", problem)

        def reached():
            status, _, body = self.get("/v1/health")
            health = json.loads(body)
            code = health.get("problem", {}).get("code")
            found = (status, health.get("release"), health.get("status"), code)
            if found != expected:
                raise AssertionError(found)  # until() shows the last one
            return True

        until(what, reached)


# The release in the zip


def bundle_answers(stage):
    """the release in the zip answers over HTTP."""
    stage.start_runtime()
    stage.start_function()
    stage.wait_for("the first answer", stage.first)


def same_bytes(stage):
    """mixed requests get the bytes of the command."""
    ids = catalogue_ids(stage)
    rng = random.Random(1)
    # Each kind once in the quick mode: a route, a model and a size, or a text to find.
    kinds = list(itertools.product(["similar", "recommend"], [None, "ncf", "synopsis"], SIZES))
    kinds += [("find", text, None) for text in TEXTS]
    for at in range(len(kinds) if stage.quick else 300):
        route, choice, n = kinds[at % len(kinds)]
        n = n or rng.choice(SIZES)
        if route == "find":
            want = stage.ask("find", choice, n)
            got = stage.get(f"/v1/find?limit={n}&text={choice.replace(' ', '+')}")
        else:
            item = rng.choice(ids)
            want = stage.ask("similar", str(item), n, *(["--model", choice] if choice else []))
            if route == "similar":
                model = f"&model={choice}" if choice else ""
                got = stage.get(f"/v1/similar?id={item}&limit={n}{model}")
            else:
                body = {"liked": [item], "limit": n, **({"model": choice} if choice else {})}
                got = http("POST", stage.api + "/v1/recommend", body)
        same = got[0] == 200 and got[2] == want
        check(f"request {at}: {route} {choice} {n}", same, (got[0], got[2][:200], want[:200]))
    stage.url = f"{stage.api}/v1/similar?item={ids[0]}&limit=50"
    stage.plain = http("GET", stage.url)[2]


def catalogue_ids(stage):
    ids = set()
    for letter in "abcdefghijklmnopqrstuvwxyz":
        ids |= {match["id"] for match in json.loads(stage.get(f"/v1/find?limit=1000&text={letter}")[2])}
    return sorted(ids)


def envelopes(stage):
    """replies are compressed, cached and open to other origins."""
    status, headers, plain = http("GET", stage.url)
    check("plain", status == 200 and "content-encoding" not in headers, (status, headers))
    status, packed, body = http("GET", stage.url, headers={"accept-encoding": "gzip"})
    check("gzip", packed.get("content-encoding") == "gzip", packed)
    check("the same when unpacked", gzip.decompress(body) == plain)
    status = http("GET", stage.url, headers={"if-none-match": headers["etag"]})[0]
    check("not modified", status == 304, status)
    check("cross-origin once", headers.get(CORS) == "*", headers)
    head = http("HEAD", stage.url)
    same = head[0] == 200 and head[2] == b"" and head[1]["etag"] == headers["etag"]
    check("HEAD", same, head)


def errors(stage):
    """errors have their status and a code."""
    for method, path, body, want, code in [
        ("GET", "/none", None, 404, "unknown_route"),
        ("GET", "/v1/similar?title=no+such+show", None, 404, "unknown_title"),
        ("GET", "/v1/find?text=a&limit=1001", None, 422, "limit_out_of_range"),
        ("POST", "/v1/recommend", b"{", 400, "request_invalid"),
        ("PUT", "/v1/recommend", b"{}", 405, "method_not_allowed"),
        ("POST", "/main", {"name": "no such show", "n": 3}, 404, "unknown_title"),
    ]:
        status, _, reply = http(method, stage.api + path, body)
        found = (status, json.loads(reply)["code"])
        check(f"{method} {path}", found == (want, code), found)


def events(stage):
    """events of an HTTP API, a REST API and a function URL get their form of reply."""
    for name in ["http-api", "rest-api", "function-url"]:
        event = json.loads((EVENTS / f"{name}.json").read_text("utf-8"))
        headers, items = read_reply(name, stage.invoke(event))
        check(f"{name}: short, so plain", "content-encoding" not in headers, headers)
        check(f"{name}: five items", len(items) == 5, items)
        if event.get("rawQueryString"):
            event["rawQueryString"] = event["rawQueryString"].replace("limit=5", "limit=50")
        else:
            body = json.dumps({"name": "Death Note", "n": 50})
            event |= {"body": body, "isBase64Encoded": False}
        headers, items = read_reply(name, stage.invoke(event))
        check(f"{name}: long, so compressed", headers.get("content-encoding") == ["br"], headers)
        check(f"{name}: fifty items", len(items) == 50, items)


def read_reply(name, reply):
    """Returns the headers and the items of a reply to an event."""
    check(f"{name}: status", reply["statusCode"] == 200, reply)
    headers = {k.lower(): [v] for k, v in reply["headers"].items()}
    for header, values in (reply.get("multiValueHeaders") or {}).items():
        headers.setdefault(header.lower(), []).extend(values)
    check(f"{name}: one origin header", headers.get(CORS) == ["*"], headers)
    body = reply["body"]
    if "content-encoding" in headers:
        check(f"{name}: compressed means base64", reply["isBase64Encoded"], reply)
        body = brotli.decompress(base64.b64decode(body))
    items = json.loads(body)
    return headers, items if isinstance(items, list) else items["items"]


def preflight(stage):
    """a browser's preflight is answered."""
    # By invoke: `cargo lambda watch` answers OPTIONS itself.
    event = json.loads((EVENTS / "http-api.json").read_text("utf-8"))
    event["requestContext"]["http"]["method"] = "OPTIONS"
    reply = stage.invoke(event)
    check("status", reply["statusCode"] == 204, reply)
    check("methods", "GET" in reply["headers"]["access-control-allow-methods"], reply)


def function_killed(stage):
    """the function is killed and started again."""
    for _ in range(1 if stage.quick else 3):
        stage.function.kill()
        stage.start_function()
        stage.wait_for("an answer after the function's end", stage.first)
    check("the same bytes", http("GET", stage.url)[2] == stage.plain)


def runtime_killed(stage):
    """the runtime interface and the function are killed and started again."""
    for _ in range(1 if stage.quick else 2):
        stage.runtime.kill()
        stage.function.kill()
        stage.start_runtime()
        stage.start_function()
        stage.wait_for("an answer after the interface's end", stage.first)
    check("the same bytes", http("GET", stage.url)[2] == stage.plain)


# The release in S3


def s3_not_there(stage):
    """S3 cannot be reached: 503, and when to come back."""
    stage.function.kill()
    stage.function_env = {
        "OSUSUME_RELEASE": "s3://site/osusume/v1",
        "OSUSUME_RELOAD_SECONDS": "1",
        "AWS_ENDPOINT_URL": stage.endpoint,
        "AWS_REGION": "us-east-1",
        **SECRETS,
    }
    stage.start_function()
    wait_for_503(stage, "remote_unreachable")


def s3_empty(stage):
    """the bucket is empty: 503."""
    stage.start_s3()
    wait_for_503(stage, "remote_status")


def wait_for_503(stage, cause):
    """Waits until a new refusal has this cause, and looks at the reply."""
    before = len(stage.refusals())

    def refused():
        stage.get("/v1/health")
        return cause in [line["code"] for line in stage.refusals()[before:]]

    until(f"a refusal for {cause}", refused)
    status, headers, body = stage.get("/v1/health")
    check("status", status == 503, (status, body))
    check("code", json.loads(body)["code"] == "release_unavailable", body)
    check("when to come back", headers.get("retry-after") == "2", headers)


def s3_appears(stage):
    """the release appears in S3, and the function reads the files it needs and no others."""
    stage.upload(stage.first)
    stage.wait_for("the release of S3", stage.first)
    check("the same bytes from S3", http("GET", stage.url)[2] == stage.plain)
    needed = {name for file in loaded_files(stage) for name in names_of(file)}
    found = stage.fetched() - {"manifest.json"}
    check("the files it reads", found == needed, found ^ needed)


def names_of(file):
    """Returns the names of the files that a file of the manifest lies in."""
    return [name for name, _, _ in parts(file)]


def loaded_files(stage):
    return [file for file in stage.first["files"] if file["kind"] in LOADED_KINDS]


def s3_renewed(stage):
    """a second release takes over."""
    stage.upload(stage.second)
    stage.wait_for("the second release", stage.second)
    check("it answers", default_model(stage) == "synopsis")


def default_model(stage):
    return json.loads(http("GET", stage.url)[2])["model"]


def s3_flipped(stage):
    """a flipped bit in each file that the function reads is refused, and the release kept."""
    check("files to try", len(loaded_files(stage)) >= 2, stage.first["files"])
    for file in loaded_files(stage):
        name = names_of(file)[-1]
        check("the function reads this file", name in stage.fetched(), name)
        stage.upload(stage.second)
        stage.wait_for("the second release, whole", stage.second)
        content = bytearray((stage.release / name).read_bytes())
        content[-1] ^= 1
        before = len(stage.refusals())
        stage.put(name, bytes(content))
        stage.put("manifest.json", json.dumps(stage.first).encode())
        stage.wait_for(f"a flipped bit of {name} refused", stage.second, "integrity")
        check("it still answers", default_model(stage) == "synopsis")
        lines = [line for line in stage.refusals()[before:] if line["code"] == "integrity"]
        named = lines and all(file["name"] in line["message"] for line in lines)
        check("the log names the file", named, lines)


def s3_half_manifest(stage):
    """half a manifest is refused, and the release kept."""
    manifest = json.dumps(stage.first).encode()
    stage.put("manifest.json", manifest[: len(manifest) // 2])
    stage.wait_for("half a manifest refused", stage.second, "manifest_invalid")
    check("it still answers", default_model(stage) == "synopsis")


def s3_first_again(stage):
    """the first release is back, whole."""
    stage.upload(stage.first)
    stage.wait_for("the first release again", stage.first)
    check("the same bytes", http("GET", stage.url)[2] == stage.plain)


def s3_gone(stage):
    """S3 is gone, and the release kept."""
    stage.s3.kill()
    stage.wait_for("S3 gone", stage.first, "remote_unreachable")
    check("it still answers", http("GET", stage.url)[2] == stage.plain)


def s3_back(stage):
    """S3 is back, and renewal goes on."""
    stage.start_s3()
    stage.upload(stage.first)
    stage.wait_for("S3 back", stage.first)
    stage.upload(stage.second)
    stage.wait_for("the second release", stage.second)


def s3_signed(stage):
    """with a key, only what its owner signed is taken, and nothing older than what answers."""
    owner, other = Signer(), Signer()
    stage.function.kill()
    stage.function_env["OSUSUME_PUBLIC_KEY"] = owner.public_key
    stage.start_function()
    wait_for_503(stage, "signature_missing")

    def publish(manifest, signer, second):
        content = json.dumps(manifest).encode()
        stage.put("manifest.json.minisig", signer.sign(content, second))
        stage.put("manifest.json", content)

    publish(stage.second, owner, 2000)
    stage.wait_for("the signed release", stage.second)
    publish(stage.first, other, 3000)
    stage.wait_for("another's signature refused", stage.second, "signature_invalid")
    publish(stage.first, owner, 1999)
    stage.wait_for("an older release refused", stage.second, "release_older")
    check("it still answers", default_model(stage) == "synopsis")
    publish(stage.first, owner, 3000)
    stage.wait_for("the newer release", stage.first)


def log_privacy(stage):
    """the log has no field for a question, no signed address and no credential."""
    text = (stage.folder / "function.log").read_text("utf-8")
    for secret in ["X-Amz-", *SECRETS.values()]:
        check("not in the log", secret not in text, secret)
    requests = [line for line in stage.log() if "event" not in line]
    check("requests are in the log", len(requests) >= 40, len(requests))
    fields = {"bytes", "code", "level", "method", "ms", "request", "route", "status"}
    others = [line for line in requests if set(line) != fields]
    check("fields of a request's line", not others, others[:1])


BUNDLE = [
    bundle_answers,
    same_bytes,
    envelopes,
    errors,
    events,
    preflight,
    function_killed,
    runtime_killed,
]
S3 = [
    s3_not_there,
    s3_empty,
    s3_appears,
    s3_renewed,
    s3_flipped,
    s3_half_manifest,
    s3_first_again,
    s3_gone,
    s3_back,
    s3_signed,
    log_privacy,
]

if __name__ == "__main__":
    main()
