"""/sandbox/…: act as a person, look at everything, make the workspace misbehave."""

from collections.abc import Awaitable, Callable
from dataclasses import asdict
from typing import Any

from aiohttp import web

from sandbox.slack.acts import clicking, modals, saying
from sandbox.slack.acts.outcome import Outcome
from sandbox.slack.errors import PersonError
from sandbox.slack.messages import JSON
from sandbox.slack.platform import Platform
from sandbox.slack.web.orders import misbehave
from sandbox.slack.web.state import state
from sandbox.slack.web.stream import stream

Act = Callable[[Platform, JSON], Awaitable[Outcome]]


async def _say(slack: Platform, body: JSON) -> Outcome:
    return await saying.say(slack, body["user"], body["channel"], body["text"], body.get("thread_ts"))


async def _click(slack: Platform, body: JSON) -> Outcome:
    pick: Any = body.get("selected_option", body.get("selected_options", body.get("value")))
    if isinstance(pick, dict):
        pick = pick.get("value")
    where = (body["action_id"], body.get("block_id"), pick)
    if "view_id" in body:
        return await clicking.click_in_view(slack, body["user"], body["view_id"], *where)
    return await clicking.click_in_message(slack, body["user"], body["channel"], body["ts"], *where)


async def _submit(slack: Platform, body: JSON) -> Outcome:
    return await modals.submit(slack, body["user"], body["view_id"], body.get("values") or {})


async def _close(slack: Platform, body: JSON) -> Outcome:
    return await modals.close(slack, body["user"], body["view_id"])


async def _home(slack: Platform, body: JSON) -> Outcome:
    return await modals.open_home(slack, body["user"])


async def _misbehave(slack: Platform, body: JSON) -> Outcome:
    await misbehave(slack, body)
    return Outcome(ok=True)


_ACTS: dict[str, Act] = {
    "say": _say,
    "click": _click,
    "submit": _submit,
    "close": _close,
    "home": _home,
    "misbehave": _misbehave,
}


class Control:
    """The control API's handlers."""

    def __init__(self, slack: Platform) -> None:
        self._slack = slack

    def routes(self) -> list[web.RouteDef]:
        """Every route under /sandbox/."""
        return [
            web.get("/sandbox/state", self._state),
            web.get("/sandbox/stream", self._stream),
            web.get("/sandbox/calls", self._calls),
            web.get("/sandbox/deliveries", self._deliveries),
            web.post("/sandbox/deliver_event", self._deliver_event),
            web.post("/sandbox/{act}", self._act),
        ]

    async def _act(self, request: web.Request) -> web.Response:
        act = _ACTS.get(request.match_info["act"])
        if act is None:
            raise web.HTTPNotFound(text=f"no such act; there are {sorted(_ACTS)}")
        body = await _body(request)
        try:
            outcome = await act(self._slack, body)
        except KeyError as missing:
            return web.json_response({"ok": False, "error": f"missing field: {missing.args[0]}"}, status=400)
        except (PersonError, ValueError) as refusal:
            return web.json_response({"ok": False, "error": str(refusal)}, status=400)
        return web.json_response(outcome.to_json())

    async def _deliver_event(self, request: web.Request) -> web.Response:
        event = (await _body(request)).get("event")
        if not isinstance(event, dict) or "type" not in event:
            return web.json_response({"ok": False, "error": "event must be an object with a type"}, status=400)
        return web.json_response({"ok": True, "event_id": self._slack.events.publish(event)})

    async def _state(self, request: web.Request) -> web.Response:
        return web.json_response(state(self._slack, request.query.get("user", "")))

    async def _stream(self, request: web.Request) -> web.StreamResponse:
        return await stream(self._slack, request)

    async def _calls(self, request: web.Request) -> web.Response:
        since = int(request.query.get("since") or 0)
        return web.json_response(self._slack.journal.to_json(since, request.query.get("method") or None))

    async def _deliveries(self, request: web.Request) -> web.Response:
        return web.json_response([asdict(delivery) for delivery in self._slack.journal.deliveries])


async def _body(request: web.Request) -> JSON:
    """The JSON of a request. Any other content type is refused: a foreign page in the same browser can send it unasked."""
    if request.content_type != "application/json":
        raise web.HTTPUnsupportedMediaType(text="send application/json")
    try:
        body = await request.json()
    except ValueError:
        body = None
    if not isinstance(body, dict):
        raise web.HTTPBadRequest(text="the body must be a JSON object")
    return body
