"""Runs inside the image: an HTTP server whose health path answers as the release's name says."""

import json
import os
import signal
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

RELEASE = os.environ["RELEASE"]


class Handler(BaseHTTPRequestHandler):
    """Every path answers, `/slow` after two seconds; only the health path misbehaves."""

    asked_by_nginx = 0

    def do_GET(self) -> None:
        """Answer as this release does."""
        if self.path != "/api/health":
            time.sleep(2 if self.path == "/slow" else 0)
            self._answer(200, {"hello": "from " + RELEASE})
        elif RELEASE == "hangs" or (RELEASE == "tires" and self._asked_again_by_nginx()):
            time.sleep(60)
        elif RELEASE == "redirects":
            self._answer(302, {}, Location="/login")
        elif RELEASE == "lost":
            self._answer(404, {"error": "there is nothing at /api/health"})
        else:
            self._answer(200, {"version": "v0.0.1" if RELEASE == "impostor" else RELEASE})

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing of requests: a quick health check asks so often that its lines would push everything else out."""

    do_POST = do_GET  # noqa: N815 - the name is the library's

    def _asked_again_by_nginx(self) -> bool:
        Handler.asked_by_nginx += self.headers["Host"] in ("blue", "green")
        return Handler.asked_by_nginx > 1

    def _answer(self, status: int, body: dict[str, str], **headers: str) -> None:
        data = json.dumps(body).encode()
        self.send_response(status)
        for name, value in {"X-Release": RELEASE, "Content-Length": str(len(data)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)


if RELEASE == "exits":
    print("fatal: the licence key of the reporting engine has expired")
    sys.exit(3)
signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
print(RELEASE + " listens on 8080")
ThreadingHTTPServer(("", 8080), Handler).serve_forever()
