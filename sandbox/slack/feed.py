"""News of what changed in the workspace, for the page's stream and for tests that wait for something."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

Event = dict[str, Any]


class Feed:
    """Publishes events to subscribers. An event with a reader is private: only that person's stream carries it."""

    def __init__(self) -> None:
        self._subscribers: dict[asyncio.Queue[Event], str] = {}
        self._changed = asyncio.Event()

    def publish(self, event: Event, *, only_for: str | None = None) -> None:
        """Tell everybody, or only the person `only_for`, and wake whoever waits for a change."""
        for queue, user in self._subscribers.items():
            if only_for is None or only_for == user:
                queue.put_nowait(event)
        self.touch()

    def touch(self) -> None:
        """Wake whoever waits for a change, without news for the stream (a call or a delivery was recorded)."""
        self._changed.set()
        self._changed = asyncio.Event()

    @property
    def changed(self) -> asyncio.Event:
        """An event that is set at the next change. Take it, look at the workspace, then wait for it."""
        return self._changed

    @contextmanager
    def subscribe(self, user: str) -> Iterator[asyncio.Queue[Event]]:
        """A queue of the events that `user` may see, for as long as the block lasts."""
        queue: asyncio.Queue[Event] = asyncio.Queue()
        self._subscribers[queue] = user
        try:
            yield queue
        finally:
            del self._subscribers[queue]
