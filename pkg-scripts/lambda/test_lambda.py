"""Runs the real bootstrap under the runtime interface; see test-lambda.sh.

    test_lambda.py ZIP COMMAND      COMMAND is the osusume command that answers are compared with
"""

import base64
import gzip
import json
import random
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

import boto3
from emulator import Process, free_port, function, http, runtime, until

EVENTS = Path(__file__).parent / "events"
passed = 0


def check(what, ok, found=None):
    global passed
    if not ok:
        raise SystemExit(f"FAILED: {what}: {found!r}")
    passed += 1


def say(text):
    print(f"== {text}", flush=True)


def main():
    archive, command = Path(sys.argv[1]).resolve(), Path(sys.argv[2]).resolve()
    folder = Path(tempfile.mkdtemp(prefix="osusume-lambda-"))
    started = []
    try:
        run(archive, command, folder, started)
    except BaseException:
        for log in sorted(folder.glob("*.log")):
            print(f"-- {log.name}\n" + "\n".join(log.read_text("utf-8", "replace").splitlines()[-15:]), file=sys.stderr)
        raise
    finally:
        for process in started:
            if process.running():
                process.kill()
        shutil.rmtree(folder)
    print(f"# pass {passed}")


def run(archive, command, folder, started):
    with zipfile.ZipFile(archive) as zipped:
        zipped.extractall(folder / "task")
    bootstrap = folder / "task/bootstrap"
    bootstrap.chmod(0o755)
    release = folder / "task/embeddings"
    manifest = json.loads((release / "manifest.json").read_text("utf-8"))
    port = free_port()
    api = f"http://127.0.0.1:{port}"

    def start(process):
        started.append(process)
        return process

    def answers(status="ok"):
        code, _, body = http("GET", api + "/v1/health", timeout=5)
        return code == 200 and json.loads(body)["status"] == status

    say("the release in the zip, by HTTP")
    emulator = start(runtime(port, folder / "runtime.log"))
    lambda_ = start(function(bootstrap, port, folder / "function.log"))
    until("the first answer", answers)
    health = json.loads(http("GET", api + "/v1/health")[2])
    check("health names the release", health["release"] == manifest["release"], health)

    say("300 mixed requests: the bytes of the command")
    ids = catalogue_ids(api)
    rng = random.Random(1)
    for at in range(300):
        n = rng.choice([1, 3, 10, 10, 50, 1000])
        if at % 3 == 2:
            text = rng.choice(["a", "death", "naru", "fullmetal", "the", "5114", "zz", "ge", "shin", "kimi no"])
            want = ask(command, release, "find", text, n)
            got = http("GET", f"{api}/v1/find?n={n}&text={text.replace(' ', '+')}")
        else:
            item, model = rng.choice(ids), rng.choice([None, "ncf", "synopsis"])
            want = ask(command, release, "similar", str(item), n, *(["--model", model] if model else []))
            if at % 3 == 0:
                got = http("GET", f"{api}/v1/similar?id={item}&n={n}" + (f"&model={model}" if model else ""))
            else:
                got = http("POST", api + "/v1/recommend", {"liked": [item], "n": n, **({"model": model} if model else {})})
        check(f"request {at}", got[0] == 200 and got[2] == want, (got[0], got[2][:200], want[:200]))

    say("envelopes: gzip, caching, errors, HEAD")
    url = f"{api}/v1/similar?item={ids[0]}&n=50"
    status, headers, plain = http("GET", url)
    packed = http("GET", url, headers={"accept-encoding": "gzip"})
    check("gzip", packed[1].get("content-encoding") == "gzip" and gzip.decompress(packed[2]) == plain, packed[1])
    check("not modified", http("GET", url, headers={"if-none-match": headers["etag"]})[0] == 304)
    check("cross-origin once", headers.get("access-control-allow-origin") == "*", headers)
    head = http("HEAD", url)
    check("HEAD", head[0] == 200 and head[2] == b"" and head[1]["etag"] == headers["etag"], head)
    for method, path, body, want in [
        ("GET", "/none", None, 404),
        ("GET", "/v1/similar?title=no+such+show", None, 404),
        ("GET", "/v1/find?text=a&n=1001", None, 422),
        ("POST", "/v1/recommend", b"{", 400),
        ("PUT", "/v1/recommend", b"{}", 405),
        ("POST", "/main", {"name": "no such show", "n": 3}, 404),
    ]:
        status, _, reply = http(method, api + path, body)
        check(f"{method} {path}", status == want and json.loads(reply)["error"]["code"], (status, reply))

    say("events of an HTTP API, a REST API and a function URL, by invoke")
    for name in ["http-api", "rest-api", "function-url"]:
        reply = invoke(port, EVENTS / f"{name}.json")
        raw = reply["body"]
        body = base64.b64decode(raw) if reply["isBase64Encoded"] else raw.encode()
        headers = {k.lower(): v for k, v in reply["headers"].items()}
        headers |= {k.lower(): v[0] for k, v in (reply.get("multiValueHeaders") or {}).items()}
        check(f"{name}: status", reply["statusCode"] == 200, reply)
        if "content-encoding" in headers:
            check(f"{name}: compressed means base64", reply["isBase64Encoded"], headers)
            body = subprocess.run(["brotli", "-dc"], input=body, capture_output=True, check=True).stdout if headers["content-encoding"] == "br" else gzip.decompress(body)
        items = json.loads(body)
        items = items if isinstance(items, list) else items["items"]
        check(f"{name}: five items", len(items) == 5, items)
        check(f"{name}: one origin header", [k.lower() for k in {**reply["headers"], **(reply.get("multiValueHeaders") or {})}].count("access-control-allow-origin") == 1, reply)

    # By invoke, since the emulator answers OPTIONS by itself.
    event = json.loads((EVENTS / "http-api.json").read_text("utf-8"))
    event["requestContext"]["http"]["method"] = "OPTIONS"
    (folder / "preflight.json").write_text(json.dumps(event), "utf-8")
    reply = invoke(port, folder / "preflight.json")
    check("preflight", reply["statusCode"] == 204 and "GET" in reply["headers"]["access-control-allow-methods"], reply)

    say("the function and the runtime interface are killed and started again")
    for _ in range(3):
        lambda_.kill()
        lambda_ = start(function(bootstrap, port, folder / "function.log"))
        until("an answer after the function's end", answers)
    for _ in range(2):
        emulator.kill()
        lambda_.kill()
        emulator = start(runtime(port, folder / "runtime.log"))
        lambda_ = start(function(bootstrap, port, folder / "function.log"))
        until("an answer after the interface's end", answers)
    check("the same bytes", http("GET", url)[2] == plain)
    lambda_.kill()

    say("the release in S3: not there, there, renewed, broken, gone")
    store = free_port()
    endpoint = f"http://127.0.0.1:{store}"

    def storage():
        process = start(Process(["moto_server", "-H", "127.0.0.1", "-p", str(store)], folder / "s3.log"))
        until("S3", lambda: http("GET", endpoint + "/moto-api/data.json")[0] == 200, 60)
        return process

    client = boto3.client("s3", endpoint_url=endpoint, region_name="us-east-1", aws_access_key_id="test", aws_secret_access_key="test")

    def upload(manifest):
        for file in manifest["files"]:
            client.upload_file(str(release / file["name"]), "site", "osusume/v1/" + file["name"])
        put(json.dumps(manifest).encode())

    def put(manifest):
        client.put_object(Bucket="site", Key="osusume/v1/manifest.json", Body=manifest)

    env = {
        "OSUSUME_RELEASE": "s3://site/osusume/v1",
        "OSUSUME_RELOAD_SECONDS": "1",
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_SESSION_TOKEN": "token",
    }
    lambda_ = start(function(bootstrap, port, folder / "function.log", env))
    until("503 while S3 is not there", lambda: http("GET", api + "/v1/health", timeout=5)[0] == 503)
    status, headers, body = http("GET", api + "/v1/health")
    check("503 says when to come back", headers.get("retry-after") == "2" and json.loads(body)["error"]["code"] == "release_unavailable", headers)
    s3 = storage()
    client.create_bucket(Bucket="site")
    until("503 while the bucket is empty", lambda: http("GET", api + "/v1/health", timeout=5)[0] == 503)
    upload(manifest)
    until("the release of S3", answers)
    check("the same bytes from S3", http("GET", url)[2] == plain)

    def released(id, status):
        code, _, body = http("GET", api + "/v1/health", timeout=5)
        health = json.loads(body)
        return (code, health["release"], health["status"]) == (200, id, status)

    second = {**manifest, "release": "00000000000000a2", "defaultModel": "synopsis"}
    upload(second)
    until("the second release", lambda: released("00000000000000a2", "ok"))
    check("it answers", json.loads(http("GET", url)[2])["model"] == "synopsis")
    wrong = json.loads(json.dumps(manifest))
    name = wrong["files"][-1]["name"]
    content = bytearray((release / name).read_bytes())
    content[-1] ^= 1
    client.put_object(Bucket="site", Key="osusume/v1/" + name, Body=bytes(content))
    put(json.dumps(wrong).encode())
    until("a flipped bit refused, the second release kept", lambda: released("00000000000000a2", "degraded"))
    check("the log says why", b'"code":"integrity"' in (folder / "function.log").read_bytes())
    put(b"{")
    until("half a manifest refused", lambda: released("00000000000000a2", "degraded"))
    upload(manifest)
    until("the first release again", lambda: released(manifest["release"], "ok"))
    s3.kill()
    until("S3 gone, the release kept", lambda: released(manifest["release"], "degraded"))
    check("it still answers", http("GET", url)[2] == plain)
    s3 = storage()
    client.create_bucket(Bucket="site")
    upload(manifest)
    until("S3 back", lambda: released(manifest["release"], "ok"))
    check("no signed address in the log", b"X-Amz-Signature" not in (folder / "function.log").read_bytes())
    lines = [json.loads(line) for line in (folder / "function.log").read_text("utf-8").splitlines()]
    fields = {"bytes", "code", "level", "method", "ms", "request", "route", "status"}
    check("a request's line has no room for what was asked", all(set(line) == fields for line in lines if "event" not in line), lines[-1])
    print(f"resident: {lambda_.memory_kib() / 1024:.1f} MiB, at most {lambda_.memory_kib('VmHWM') / 1024:.1f} MiB with two releases while renewing")


def catalogue_ids(api):
    ids = set()
    for letter in "abcdefghijklmnopqrstuvwxyz":
        ids |= {match["id"] for match in json.loads(http("GET", f"{api}/v1/find?n=1000&text={letter}")[2])}
    return sorted(ids)


def ask(command, release, what, text, n, *more):
    line = [command, what, text, "-n", str(n), "--json", "--release", str(release), *more]
    return subprocess.run(line, capture_output=True, check=True).stdout.rstrip(b"\n")


def invoke(port, event):
    line = ["cargo", "lambda", "invoke", "-A", "127.0.0.1", "-P", str(port), "--data-file", str(event), "--output-format", "json"]
    done = subprocess.run(line, capture_output=True, check=True, text=True)
    return json.loads(done.stdout)


if __name__ == "__main__":
    main()
