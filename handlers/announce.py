"""Say something in the operations channel that nobody asked for: a health report, what recovery did."""

from __future__ import annotations

from handlers.deps import Tasks
from handlers.live import LiveMessage
from handlers.messages.message import Message
from handlers.outbox import Outbox


class Announcer:
    """Posts into one channel, in the background and for as long as it takes: Slack may be away just then."""

    def __init__(self, outbox: Outbox, channel: str, tasks: Tasks) -> None:
        self._outbox = outbox
        self._channel = channel
        self._tasks = tasks

    def announce(self, message: Message) -> None:
        """Post it. Returns at once; what Slack will never take is logged."""
        self._send(message, self._channel, None)

    def replace(self, channel: str, ts: str, message: Message) -> None:
        """Put it in the place of a message that stands. Returns at once."""
        self._send(message, channel, ts)

    def _send(self, message: Message, channel: str, ts: str | None) -> None:
        live = LiveMessage(self._outbox, channel, ts=ts)
        live.finish(message)
        self._tasks.start(live.run(), "announcement")
