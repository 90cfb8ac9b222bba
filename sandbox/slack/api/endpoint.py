"""/api/<method>, by POST or GET as Slack takes them: authenticate, check the scope, meet the faults, do it, record it."""

import json
from typing import Any

from aiohttp import web

from sandbox.slack import world
from sandbox.slack.api.args import Args
from sandbox.slack.api.methods import METHODS, Method
from sandbox.slack.errors import SlackError
from sandbox.slack.messages import JSON
from sandbox.slack.platform import Platform

_TOKENS = {world.BOT_TOKEN: "bot", world.APP_TOKEN: "app"}


class Endpoint:
    """The Web API over HTTP."""

    def __init__(self, slack: Platform) -> None:
        self._slack = slack

    async def handle(self, request: web.Request) -> web.Response:
        """Answer one call. Slack says 200 to everything it understood, refusals included."""
        name = request.match_info["method"]
        values = await _values(request)
        args = Args(values)
        token = _token(request, values)
        if (fault := self._slack.faults.next_fault(name)) is not None:
            await self._slack.clock.sleep(fault.delay)
            if fault.answer is not None:
                return self._answer(name, args, fault.status, fault.answer, fault.headers)
        try:
            method = self._authorised(name, token)
            answer = {"ok": True, **await method.handler(self._slack, args)}
        except SlackError as refusal:
            answer = refusal.answer()
        return self._answer(name, args, 200, answer, self._scope_headers(name))

    def _authorised(self, name: str, token: str | None) -> Method:
        method = METHODS.get(name)
        if method is None:
            raise SlackError("unknown_method", req_method=name)
        if not token:
            raise SlackError("not_authed")
        if (kind := _TOKENS.get(token)) is None:
            raise SlackError("invalid_auth")
        if kind in self._slack.faults.revoked:
            raise SlackError("token_revoked")
        if kind != method.token:
            raise SlackError("not_allowed_token_type")
        if method.scope is not None and method.scope not in self._slack.granted_scopes:
            raise SlackError("missing_scope", needed=method.scope, provided=",".join(self._slack.granted_scopes))
        return method

    def _scope_headers(self, name: str) -> dict[str, str]:
        method = METHODS.get(name)
        accepted = method.scope if method and method.scope else ""
        return {"x-oauth-scopes": ",".join(self._slack.granted_scopes), "x-accepted-oauth-scopes": accepted}

    def _answer(self, name: str, args: Args, status: int, answer: JSON, headers: dict[str, str]) -> web.Response:
        self._slack.journal.call(name, args.to_json(), status, answer)
        return web.json_response(answer, status=status, headers=headers)


def _token(request: web.Request, values: JSON) -> str | None:
    header = request.headers.get("Authorization", "")
    return header.removeprefix("Bearer ").strip() if header.startswith("Bearer ") else values.get("token")


async def _values(request: web.Request) -> JSON:
    if request.content_type == "application/json":
        try:
            parsed: Any = json.loads(await request.text() or "{}")
        except json.JSONDecodeError:
            parsed = {}
        return parsed if isinstance(parsed, dict) else {}
    form = await request.post()
    return {**request.query, **{key: value for key, value in form.items() if isinstance(value, str)}}
