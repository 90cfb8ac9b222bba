"""The HTTP side: HTTP/1.1 with keep-alive, a thread per connection, and an end that drops no request in flight."""

from __future__ import annotations

import contextlib
import json
import socket
import sys
import threading
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from .books import BadRequestError
from .routes import Answer, Api, Request

IDLE_TIMEOUT_S = 120.0  # longer than nginx keeps an idle upstream connection (60 s), so nginx closes first
BODY_MAX = 1 << 20  # bytes


class Server(ThreadingHTTPServer):
    """Serves one Api. `stop()` ends it: no new connections, idle ones closed, requests in flight answered."""

    daemon_threads = False  # server_close() joins them: that is the wait for the requests in flight
    request_queue_size = 512

    def __init__(self, address: tuple[str, int], api: Api) -> None:
        self.api = api
        self.stopping = False
        self._idle: set[socket.socket] = set()
        self._guard = threading.Lock()
        super().__init__(address, Handler)

    def stop(self) -> None:
        """Call from another thread than the one in serve_forever()."""
        self.shutdown()
        self._accept_the_queue()
        self.socket.close()
        with self._guard:
            self.stopping = True
            for connection in self._idle:
                _end_reading(connection)
        self.server_close()

    def idle(self, connection: socket.socket) -> None:
        """Mark a connection as waiting for a request. While stopping it gets the one that had already arrived, if any."""
        with self._guard:
            self._idle.add(connection)
            if self.stopping:
                _end_reading(connection)

    def busy(self, connection: socket.socket) -> None:
        with self._guard:
            self._idle.discard(connection)

    def _accept_the_queue(self) -> None:
        """Take the connections the kernel has already accepted for us: closing the socket would reset them."""
        self.socket.setblocking(False)
        with contextlib.suppress(BlockingIOError):
            while True:
                self.process_request(*self.get_request())

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is no news; anything else is a fault of ours and is printed."""
        if not isinstance(sys.exception(), ConnectionError | TimeoutError):
            super().handle_error(request, client_address)


def _end_reading(connection: socket.socket) -> None:
    """Reading sees the end from now on; what has arrived before is still read."""
    with contextlib.suppress(OSError):
        connection.shutdown(socket.SHUT_RD)


class Handler(BaseHTTPRequestHandler):
    """Reads requests, asks the Api, writes answers; all that is protocol and nothing that is money."""

    server: Server
    protocol_version = "HTTP/1.1"
    timeout = IDLE_TIMEOUT_S
    wbufsize = -1  # one write for head and body: otherwise Nagle and delayed acks add 40 ms
    disable_nagle_algorithm = True

    def handle_one_request(self) -> None:
        self.server.idle(self.connection)
        try:
            super().handle_one_request()
        finally:
            self.server.busy(self.connection)

    def parse_request(self) -> bool:
        """Called when the first line has arrived: from here on the connection is in use."""
        self.server.busy(self.connection)
        return super().parse_request()

    def _serve(self) -> None:
        try:
            request = self._read()
        except BadRequestError as error:
            self.close_connection = True  # what is left of the body would be taken for the next request
            self._write(Answer(HTTPStatus.BAD_REQUEST, {"error": str(error)}))
        else:
            self._write(self.server.api.answer(request))

    do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = _serve  # noqa: N815 names given by the base class

    def _read(self) -> Request:
        url = urlsplit(self.path)
        if "Transfer-Encoding" in self.headers:
            raise BadRequestError("a chunked body is not taken; send Content-Length")
        length = self.headers.get("Content-Length", "0")
        if not length.isdecimal() or int(length) > BODY_MAX:
            raise BadRequestError(f"Content-Length should be a number up to {BODY_MAX}")
        body = self.rfile.read(int(length))
        try:
            sent = json.loads(body) if body else {}
        except ValueError:
            sent = None
        if not isinstance(sent, dict):
            raise BadRequestError("the body should be a JSON object")
        method = "GET" if self.command == "HEAD" else self.command
        return Request(method, url.path, dict(parse_qsl(url.query)), sent)

    def _write(self, answer: Answer) -> None:
        content = b"" if answer.body is None else json.dumps(answer.body).encode() + b"\n"
        self.send_response(answer.status)
        self.send_header("X-Release", self.server.api.books.release.name)
        if answer.body is not None:
            self.send_header("Content-Type", "application/json")
        if answer.status is not HTTPStatus.NO_CONTENT:
            self.send_header("Content-Length", str(len(content)))
        if self.server.stopping or self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    def version_string(self) -> str:
        return "sample"

    def log_message(self, format: str, *args: Any) -> None:
        """No line for each request: nginx writes those."""
