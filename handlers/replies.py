"""Where one person is answered: below their command or click, or in the modal they submitted. Nobody else sees it."""

from __future__ import annotations

import asyncio
from typing import Protocol

import structlog

from handlers.messages.message import Message
from handlers.messages.modals import told
from handlers.outbox import Outbox, Unsent

log = structlog.get_logger(__name__)


class Reply(Protocol):
    """A way to answer the asker. `channel` is where they asked, "" when that was no channel."""

    @property
    def channel(self) -> str:
        """The channel they asked in."""
        ...

    async def tell(self, message: Message) -> None:
        """Answer. Never raises: what cannot be told is logged (and whatever was done is in the record)."""
        ...


class Ephemeral:
    """Through the response_url of a command or a click; when that is used up or too old, as an ephemeral message."""

    def __init__(self, outbox: Outbox, *, response_url: str, channel: str, user: str, replaces: bool = False) -> None:
        """`replaces`: the first answer takes the place of the (ephemeral) message that was clicked."""
        self._outbox = outbox
        self._response_url = response_url
        self._user = user
        self._replaces = replaces
        self.channel = channel

    async def tell(self, message: Message) -> None:
        """Answer, only to the asker."""
        try:
            await self._outbox.respond(self._response_url, message, replace=self._replaces)
        except Unsent as refusal:
            log.warning("response_url refused an answer; trying an ephemeral message", problem=refusal.problem)
        else:
            self._replaces = False
            return
        try:
            await self._outbox.whisper(self.channel, self._user, message)
        except Unsent as refusal:
            log.warning("the asker could not be told", user=self._user, problem=refusal.problem, text=message.text)


# The ack of a submit changes the modal too ("asked for"); an answer that overtakes it on its way would be overwritten.
_ACK_SETTLES_SECONDS = 1.0


class InModal:
    """In the modal that was submitted; when it was closed meanwhile, as an ephemeral message in the operations channel.

    Made when the submit was acknowledged.
    """

    channel = ""

    def __init__(self, outbox: Outbox, *, view_id: str, title: str, user: str, operations_channel: str) -> None:
        self._outbox = outbox
        self._view_id = view_id
        self._title = title
        self._user = user
        self._operations_channel = operations_channel
        self._not_before = asyncio.get_running_loop().time() + _ACK_SETTLES_SECONDS

    async def tell(self, message: Message) -> None:
        """Answer, only to the asker."""
        await asyncio.sleep(max(self._not_before - asyncio.get_running_loop().time(), 0))
        try:
            await self._outbox.update_modal(self._view_id, told(self._title, message))
        except Unsent as refusal:
            log.info("the modal is gone; trying an ephemeral message", problem=refusal.problem)
        else:
            return
        try:
            await self._outbox.whisper(self._operations_channel, self._user, message)
        except Unsent as refusal:
            log.warning("the asker could not be told", user=self._user, problem=refusal.problem, text=message.text)
