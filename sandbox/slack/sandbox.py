"""A Slack workspace for tests and demos.

async with SlackSandbox(manifest=Path("manifest.yml")) as slack:
    ...  # start a bot with slack.api_url
    await slack.say("U0OLGA", "C0OPS", "/myfinance deploy v1.2.0")
    await slack.wait_for(lambda ws: "v1.2.0 is live" in ws.messages("C0OPS")[-1].words)
"""

import asyncio
import socket
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

from sandbox.slack import world
from sandbox.slack.acts import clicking, modals, saying
from sandbox.slack.acts.outcome import Outcome
from sandbox.slack.clock import Clock
from sandbox.slack.journal import Call, Delivery
from sandbox.slack.manifest import Manifest
from sandbox.slack.messages import JSON, Message
from sandbox.slack.misbehaviour import Kind, Token
from sandbox.slack.platform import Options, Platform
from sandbox.slack.views import View
from sandbox.slack.web.orders import misbehave
from sandbox.slack.web.server import Server

Found = TypeVar("Found")
MANIFEST = Path(__file__).parents[2] / "manifest.yml"


class SlackSandbox:
    """One workspace on one port. `port=0` takes a free one; `public_url` is how the app reaches it, if not directly."""

    bot_token = world.BOT_TOKEN
    app_token = world.APP_TOKEN
    signing_secret = world.SIGNING_SECRET

    def __init__(
        self,
        *,
        port: int = 0,
        host: str = "127.0.0.1",
        manifest: Path | Manifest = MANIFEST,
        public_url: str | None = None,
        options: Options | None = None,
        clock: Clock | None = None,
    ) -> None:
        self._address = (host, port)
        self._manifest = manifest if isinstance(manifest, Manifest) else Manifest.load(manifest)
        self._public_url = public_url
        self._options = options or Options()
        self.clock = clock or Clock()
        self._platform: Platform | None = None
        self._server: Server | None = None

    async def __aenter__(self) -> Self:
        listening = socket.create_server(self._address)
        host, port = listening.getsockname()[:2]
        reachable = "127.0.0.1" if host == "0.0.0.0" else host  # noqa: S104 - compared with, not bound to
        self.url = (self._public_url or f"http://{reachable}:{port}").rstrip("/")
        self._platform = Platform.build(self._manifest, self.url, self.clock, self._options)
        self._server = Server(self._platform)
        await self._server.start(listening)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.platform.feed.publish({"type": "closing"})
        await self.platform.close()
        assert self._server is not None
        await self._server.close()

    @property
    def platform(self) -> Platform:
        """The parts of the workspace, for tests of the sandbox itself."""
        if self._platform is None:
            raise RuntimeError("the sandbox is not running: use `async with SlackSandbox() as slack`")
        return self._platform

    @property
    def api_url(self) -> str:
        """SLACK_API_URL for the app."""
        return f"{self.url}/api/"

    # -- act as a person --------------------------------------------------------------------------------------------

    async def say(self, user: str, channel: str, text: str, *, thread_ts: str | None = None) -> Outcome:
        """Type a line in a channel: a message, or a slash command. Returns when the app has acknowledged."""
        return await saying.say(self.platform, user, channel, text, thread_ts)

    async def click(self, user: str, where: Message | View, what: str, *, pick: Any = None) -> Outcome:
        """Use an element of a message or a view: a button by its label, anything by its action id.

        `pick` is the value chosen in a menu. Raises PersonError when there is no such element any more."""
        action_id = _action_id(where.blocks, what)
        if isinstance(where, View):
            return await clicking.click_in_view(self.platform, user, where.id, action_id, pick=pick)
        return await clicking.click_in_message(self.platform, user, where.channel, where.ts, action_id, pick=pick)

    async def submit(self, user: str, values: dict[str, dict[str, Any]] | None = None) -> Outcome:
        """Fill in the modal in front of this person (`{block_id: {action_id: value}}`) and submit it."""
        return await modals.submit(self.platform, user, self._front(user).id, values or {})

    async def close(self, user: str) -> Outcome:
        """Close the modal in front of this person."""
        return await modals.close(self.platform, user, self._front(user).id)

    async def open_home(self, user: str) -> Outcome:
        """Open the App Home; the app publishes its view in its own time (`home`)."""
        return await modals.open_home(self.platform, user)

    def _front(self, user: str) -> View:
        if (view := self.modal(user)) is None:
            raise LookupError(f"{user} has no modal open")
        return view

    # -- look -------------------------------------------------------------------------------------------------------

    def messages(self, channel: str) -> list[Message]:
        """What everybody sees in a channel, oldest first, answers in threads included."""
        return [message for message in self._all(channel) if message.ephemeral_to is None]

    def ephemerals(self, user: str, channel: str) -> list[Message]:
        """What only this person sees in a channel, oldest first; what they typed themselves is left out."""
        mine = (message for message in self._all(channel) if message.ephemeral_to == user)
        return [message for message in mine if message.kind != "command"]

    def modal(self, user: str) -> View | None:
        """The modal in front of this person."""
        stack = self.platform.workspace.modals[user]
        return stack[-1] if stack else None

    def home(self, user: str) -> View | None:
        """This person's App Home, once it was published."""
        return self.platform.workspace.homes.get(user)

    def file(self, file_id: str) -> bytes:
        """The content of an uploaded file. Raises LookupError when there is none."""
        file = self.platform.workspace.files.get(file_id)
        if file is None or file.content is None:
            raise LookupError(f"no file {file_id}")
        return file.content

    def calls(self, method: str | None = None) -> list[Call]:
        """The Web API calls so far, of one method when it is named."""
        return [call for call in self.platform.journal.calls if method in (None, call.method)]

    def deliveries(self, kind: str | None = None) -> list[Delivery]:
        """The payloads sent to the app so far: of one kind (command, action, view, event) when it is named."""
        return [delivery for delivery in self.platform.journal.deliveries if kind in (None, delivery.kind)]

    @property
    def sockets(self) -> int:
        """How many Socket Mode connections are open."""
        return self.platform.sockets.count

    async def wait_for(
        self,
        seen: Callable[["SlackSandbox"], Found | None],
        *,
        timeout: float = 10.0,  # noqa: ASYNC109 - a deadline for the reader of the test
    ) -> Found:
        """Wait until `seen(slack)` is true and return what it returned; looks again at every change, never polls.

        A LookupError or StopIteration in `seen` means "not there yet". Raises TimeoutError after `timeout` seconds, with
        what there is to see."""
        try:
            async with asyncio.timeout(timeout):
                while True:
                    changed = self.platform.feed.changed
                    try:
                        if found := seen(self):
                            return found
                    except (LookupError, StopIteration):
                        pass
                    await changed.wait()
        except TimeoutError:
            raise TimeoutError(f"not seen within {timeout} s; the workspace shows:\n{self.transcript()}") from None

    async def wait_until_connected(self, sockets: int = 1, *, timeout: float = 10.0) -> None:  # noqa: ASYNC109
        """Wait until the app holds this many Socket Mode connections."""
        await self.wait_for(lambda slack: slack.sockets >= sockets, timeout=timeout)

    def transcript(self) -> str:
        """Every message and every refused call, for the reader of a failed test."""
        workspace = self.platform.workspace
        lines = [
            f"#{workspace.channels[channel].name} {message.user}"
            f"{f' (only {message.ephemeral_to})' if message.ephemeral_to else ''}: {message.words}"
            for channel, messages in workspace.messages.items()
            for message in messages
        ]
        refused = [f"{call.method} -> {call.answer}" for call in self.platform.journal.calls if not call.ok]
        return "\n".join([*lines, *refused]) or "(nothing)"

    def _all(self, channel: str) -> list[Message]:
        return self.platform.workspace.messages[channel]

    # -- misbehave --------------------------------------------------------------------------------------------------

    def rate_limit(self, method: str, *, times: int = 1, retry_after: int = 1) -> None:
        """Answer the next calls of `method` with 429 and `Retry-After` seconds."""
        self.platform.faults.rate_limit(method, times=times, retry_after=retry_after)

    def fail(self, method: str, *, times: int = 1, status: int = 500, error: str | None = None) -> None:
        """Fail the next calls, with an HTTP status or with a Slack error."""
        self.platform.faults.fail(method, times=times, status=status, error=error)

    def slow(self, method: str, *, seconds: float, times: int = 1) -> None:
        """Answer the next calls late."""
        self.platform.faults.slow(method, seconds=seconds, times=times)

    def deliver_twice(self, kind: Kind, *, times: int = 1) -> None:
        """Deliver the next payloads of this kind in two envelopes each."""
        self.platform.faults.deliver_twice(kind, times=times)

    def refuse_blocks(self, *types: str) -> None:
        """Answer `invalid_blocks` to these block types from now on; with none named, take them all again."""
        self.platform.faults.refused_blocks = frozenset(types)

    def revoke(self, token: Token) -> None:
        """Answer `token_revoked` to this token from now on."""
        self.platform.faults.revoked.add(token)

    def expire(self, what: str, *, next_ones: int = 0) -> None:
        """Expire every `trigger_id` or `response_url` there is, and the `next_ones` to come."""
        self.platform.tickets.expire(what, next_ones)

    def drop_sockets(self) -> int:
        """Break every connection without a goodbye; returns how many."""
        return self.platform.sockets.drop()

    def refuse_connections(self, times: int = 1) -> None:
        """Refuse the next Socket Mode connections."""
        self.platform.faults.connections_to_refuse = times

    async def misbehave(self, **orders: JSON) -> None:
        """The same by the names of the control API, e.g. `drop_sockets={"reason": "refresh_requested"}`."""
        await misbehave(self.platform, orders)

    def behave(self) -> None:
        """Undo every misbehaviour that is still to come."""
        self.platform.faults.reset()

    # -- the app's configuration ------------------------------------------------------------------------------------

    def deliver_event(self, event: JSON) -> str:
        """Send an Events API event; returns its event id."""
        return self.platform.events.publish(event)

    async def verify_request_url(self) -> bool:
        """Do what Slack does when a request URL is saved: does it answer the challenge?"""
        return await self.platform.courier.verify_request_url()


def _action_id(blocks: list[JSON], what: str) -> str:
    """The action id of a button with this label, else `what` itself."""
    labelled = Message("", "", "", blocks)
    return str(labelled.button(what)["action_id"]) if what in labelled.buttons else what
