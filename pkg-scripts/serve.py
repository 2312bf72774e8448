#!/usr/bin/env python3
"""Serves a folder on 127.0.0.1 the way a good static host does. Standard library only.

    pkg-scripts/serve.py target/site --port 8000 --prefix /osusume/ --cors

Files in a path with a content hash (eight or more hexadecimal digits after a '-' or '.') may be cached for ever, all others are
asked for again each time. Prints its address on one line and stops with Ctrl-C.
"""

import argparse
import re
import sys
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

HASHED = re.compile(r"[-.](?=[0-9a-f]*\d)[0-9a-f]{8,}([./]|$)")


class Handler(SimpleHTTPRequestHandler):
    """One request. HTTP/1.1, so that a page's many small files share a connection."""

    protocol_version = "HTTP/1.1"
    extensions_map = SimpleHTTPRequestHandler.extensions_map | {
        ".css": "text/css; charset=utf-8",
        ".html": "text/html; charset=utf-8",
        ".js": "text/javascript; charset=utf-8",
        ".json": "application/json",
        ".mjs": "text/javascript; charset=utf-8",
        ".svg": "image/svg+xml",
        ".wasm": "application/wasm",
        ".webmanifest": "application/manifest+json",
    }

    def __init__(self, *args, prefix="/", cors=False, quiet=False, **kwargs):
        self.prefix, self.cors, self.quiet = prefix, cors, quiet
        super().__init__(*args, **kwargs)

    def translate_path(self, path):
        """Maps a request below the prefix to the folder; anything else to a file that is not there."""
        path = re.split(r"[?#]", path, maxsplit=1)[0]
        if not path.startswith(self.prefix):
            return str(Path(self.directory, ".no-such-file"))
        return super().translate_path("/" + path[len(self.prefix) :])

    def list_directory(self, path):
        """Lists nothing: static hosts do not, and a page that needs it would break there."""
        self.send_error(404)

    def send_response(self, code, message=None):
        self.status = code
        super().send_response(code, message)

    def end_headers(self):
        # Only what is there: a "not found" kept for ever would outlive the upload of the file.
        hashed = self.status in (200, 304) and HASHED.search(self.path.split("?")[0]) is not None
        self.send_header("Cache-Control", "public, max-age=31536000, immutable" if hashed else "no-cache")
        self.send_header("X-Content-Type-Options", "nosniff")
        if self.cors:
            self.send_header("Access-Control-Allow-Origin", "*")
        super().end_headers()

    def log_message(self, format, *args):
        if not self.quiet:
            super().log_message(format, *args)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("folder", nargs="?", default=".", help="what to serve (this folder)")
    parser.add_argument("--port", type=int, default=8000, help="0 takes a free one (8000)")
    parser.add_argument("--prefix", default="/", help="path the folder is served under (/)")
    parser.add_argument("--cors", action="store_true", help="let pages of other origins read the files")
    parser.add_argument("--quiet", action="store_true", help="do not print the requests")
    options = parser.parse_args()

    prefix = "/" + options.prefix.strip("/") + "/" if options.prefix.strip("/") else "/"
    if not Path(options.folder).is_dir():
        return f"serve.py: there is no folder {options.folder}"
    handler = partial(Handler, directory=options.folder, prefix=prefix, cors=options.cors, quiet=options.quiet)
    try:
        server = ThreadingHTTPServer(("127.0.0.1", options.port), handler)
    except OSError as error:
        return f"serve.py: port {options.port}: {error.strerror}; --port 0 takes a free one"
    print(f"http://127.0.0.1:{server.server_port}{prefix}", flush=True)
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        pass
    return 0


if __name__ == "__main__":
    sys.exit(main())
