"""A small Lambda runtime interface with HTTP in front, for the quick test. Standard library only.

    runtime.py PORT

It serves the addresses that `cargo lambda watch` serves. The function asks for events below /.rt.
/2015-03-31/functions/_/invocations takes an event as it is. Every other request becomes the event
of an HTTP API, as API Gateway writes it (payload format 2.0).
"""

import base64
import json
import queue
import select
import sys
import time
import uuid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

RUNTIME = "/.rt/2018-06-01/runtime/"
INVOKE = "/2015-03-31/functions/_/invocations"
ARN = "arn:aws:lambda:us-east-1:123456789012:function:_"
LIMIT_SECONDS = 10  # the function's time limit in serverless.yml

calls = queue.Queue()  # (id, event), for the function
waiting = {}  # id -> queue of one (failed, reply), for the caller


def call(event):
    """Hands an event to the function and returns whether it failed, and its reply."""
    call_id, reply = str(uuid.uuid4()), queue.Queue()
    waiting[call_id] = reply
    calls.put((call_id, event))
    try:
        return reply.get(timeout=LIMIT_SECONDS)
    except queue.Empty:
        return True, b"the function did not answer in time"
    finally:
        del waiting[call_id]


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # headers and body leave in one segment
    disable_nagle_algorithm = True

    def answer(self):
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        if self.path == RUNTIME + "invocation/next":
            self.next_call()
        elif self.path.startswith(RUNTIME):
            call_id, _, kind = self.path.removeprefix(RUNTIME + "invocation/").partition("/")
            if call_id in waiting:
                waiting[call_id].put((kind != "response", body))
            self.send(202, {})
        elif self.path == INVOKE:
            failed, reply = call(body)
            self.send(502 if failed else 200, {}, reply)
        else:
            failed, reply = call(self.event(body))
            if failed:
                return self.send(502, {}, reply)
            reply = json.loads(reply)
            content = (reply.get("body") or "").encode()
            if reply["isBase64Encoded"]:
                content = base64.b64decode(content)
            self.send(reply["statusCode"], reply["headers"], content)

    do_GET = do_HEAD = do_POST = do_PUT = do_OPTIONS = answer

    def next_call(self):
        """Waits for a call, and gives it back if the function has ended meanwhile."""
        while True:
            try:
                call_id, event = calls.get(timeout=0.1)
            except queue.Empty:
                call_id = None
            # A function that waits sends nothing: readable means closed.
            if select.select([self.connection], [], [], 0)[0]:
                if call_id:
                    calls.put((call_id, event))
                self.close_connection = True
                return
            if call_id:
                break
        headers = {
            "lambda-runtime-aws-request-id": call_id,
            "lambda-runtime-deadline-ms": str(int((time.time() + LIMIT_SECONDS) * 1000)),
            "lambda-runtime-invoked-function-arn": ARN,
        }
        self.send(200, headers, event)

    def event(self, body):
        path, _, query = self.path.partition("?")
        headers = {name.lower(): ",".join(self.headers.get_all(name)) for name in self.headers}
        http = {"method": self.command, "path": path, "protocol": "HTTP/1.1"}
        http |= {"sourceIp": "127.0.0.1", "userAgent": self.headers.get("user-agent", "")}
        event = {
            "version": "2.0",
            "routeKey": "$default",
            "rawPath": path,
            "rawQueryString": query,
            "headers": headers,
            "requestContext": {"requestId": str(uuid.uuid4()), "stage": "$default", "http": http},
            "isBase64Encoded": True,
            "body": base64.b64encode(body).decode(),
        }
        return json.dumps(event).encode()

    def send(self, status, headers, content=b""):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        if status not in (204, 304) and self.command != "HEAD":
            self.send_header("content-length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


if __name__ == "__main__":
    server = ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler)
    server.daemon_threads = True
    server.serve_forever()
