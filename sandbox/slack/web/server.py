"""The aiohttp application and its life on a port."""

import json
import socket
from pathlib import Path

from aiohttp import web

from sandbox.slack import responses
from sandbox.slack.api.endpoint import Endpoint
from sandbox.slack.errors import SlackError
from sandbox.slack.messages import JSON
from sandbox.slack.platform import Platform
from sandbox.slack.web.control import Control

PAGE = Path(__file__).parents[2] / "page"
MAX_UPLOAD_BYTES = 64 * 1024 * 1024


class Server:
    """Serves one workspace."""

    def __init__(self, slack: Platform) -> None:
        self._slack = slack
        self._runner: web.AppRunner | None = None

    async def start(self, site_socket: socket.socket) -> None:
        """Begin to answer on an already bound socket."""
        runner = web.AppRunner(self.application(), handle_signals=False, access_log=None, shutdown_timeout=2.0)
        await runner.setup()
        self._runner = runner
        await web.SockSite(runner, site_socket).start()

    async def close(self) -> None:
        """Stop answering."""
        if self._runner is not None:
            await self._runner.cleanup()

    def application(self) -> web.Application:
        """All routes."""
        app, endpoint = web.Application(client_max_size=MAX_UPLOAD_BYTES), Endpoint(self._slack)
        app.add_routes(
            [
                web.get("/api/{method}", endpoint.handle),
                web.post("/api/{method}", endpoint.handle),
                web.get("/link/", self._slack.sockets.accept),
                web.post("/response/{id}", self._respond),
                web.post("/upload/{id}", self._upload),
                web.get("/files/{id}/{name}", self._file),
                web.get("/archives/{channel}/{message}", self._archive),
                web.get("/", self._page),
                *Control(self._slack).routes(),
            ]
        )
        app.router.add_static("/page/", PAGE)
        return app

    async def _respond(self, request: web.Request) -> web.Response:
        """A response URL. Slack says a plain `ok`, or names what is wrong with a 4xx."""
        try:
            responses.redeem(self._slack, request.match_info["id"], _answer(await request.text()))
        except SlackError as refusal:
            gone = refusal.error in ("invalid_url", "expired_url", "used_url")
            return web.json_response(refusal.answer(), status=404 if gone else 400)
        return web.Response(text="ok")

    async def _upload(self, request: web.Request) -> web.Response:
        """The bytes of a file: the whole body, or the one file of a form."""
        file = self._slack.workspace.files.get(request.match_info["id"])
        if file is None or file.complete:
            raise web.HTTPNotFound(text="no such upload")
        if request.content_type == "multipart/form-data":
            fields = [field for field in (await request.post()).values() if isinstance(field, web.FileField)]
            content = fields[0].file.read() if fields else b""
        else:
            content = await request.read()
        if len(content) != file.length:
            raise web.HTTPBadRequest(text=f"{len(content)} bytes came, {file.length} were announced")
        file.content = content
        return web.Response(text=f"OK - {len(content)}")

    async def _file(self, request: web.Request) -> web.Response:
        file = self._slack.workspace.files.get(request.match_info["id"])
        if file is None or not file.complete:
            raise web.HTTPNotFound(text="no such file")
        # As an attachment and never sniffed: what a bot uploads is not a page of ours.
        headers = {"Content-Disposition": "attachment", "X-Content-Type-Options": "nosniff"}
        return web.Response(body=file.content, content_type="application/octet-stream", headers=headers)

    async def _archive(self, request: web.Request) -> web.Response:
        """A permalink leads to the page, which shows that channel."""
        channel, message = request.match_info["channel"], request.match_info["message"]
        raise web.HTTPFound(f"/#{channel}/{message}")

    async def _page(self, request: web.Request) -> web.StreamResponse:
        return web.FileResponse(PAGE / "index.html")


def _answer(text: str) -> JSON:
    try:
        answer = json.loads(text)
    except json.JSONDecodeError as error:
        raise SlackError("invalid_payload") from error
    if not isinstance(answer, dict):
        raise SlackError("invalid_payload")
    return answer
