"""The large public registries give tags only for a token, which their authority gives for a name and password."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

from ops.config import Config
from ops.engine.registry import tags
from ops.errors import Failed

OLGA = "Basic " + base64.b64encode(b"olga:secret").decode()
PAGES = {"": ["v1.0.0", "v1.1.0"], "v1.1.0": ["v1.2.0"]}


class Handler(BaseHTTPRequestHandler):
    """A registry with two pages of tags, and its authority."""

    def do_GET(self) -> None:
        """Answer as the specification says."""
        host, given = self.headers["Host"], self.headers.get("Authorization")
        if self.path.startswith("/token"):
            scoped = "service=reg" in self.path and "scope=repository%3Amoney%2Fserver%3Apull" in self.path
            self._answer(200, {"token": "good" if scoped else "bad"}) if given == OLGA else self._answer(401, {})
        elif given != "Bearer good":
            challenge = f'Bearer realm="http://{host}/token",service="reg",scope="repository:money/server:pull"'
            self._answer(401, {}, **{"WWW-Authenticate": challenge})
        else:
            last = self.path.partition("last=")[2]
            more = {"Link": '</v2/money/server/tags/list?n=100&last=v1.1.0>; rel="next"'} if not last else {}
            self._answer(200, {"tags": PAGES[last]}, **more)

    def _answer(self, status: int, body: dict[str, object], **headers: str) -> None:
        data = json.dumps(body).encode()
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(data))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *args: object) -> None:
        """Be quiet."""


@contextmanager
def registry() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()


def config(host: str, password: str) -> Config:
    return Config.model_validate(
        {
            "app": {"image": f"{host}/money/server"},
            "registry": {"url": f"http://{host}", "username": "olga", "password": password},
        }
    )


async def test_the_token_is_asked_for_once_and_serves_every_page() -> None:
    with registry() as host:
        assert await tags(config(host, "secret")) == ("v1.0.0", "v1.1.0", "v1.2.0")


async def test_a_wrong_password_is_told() -> None:
    with registry() as host, pytest.raises(Failed, match="HTTP 401"):
        await tags(config(host, "wrong"))
