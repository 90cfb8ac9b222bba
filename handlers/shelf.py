"""What Slack is given only an id of: what a button will do, and where a run's message stands. Kept in the ledger.

A record that cannot be written costs the button, never the run.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import structlog

log = structlog.get_logger(__name__)


class Record(Protocol):
    """The part of the ledger this needs."""

    async def save_button(self, action: Mapping[str, Any]) -> str:
        """Keep what a button does; returns its opaque id."""
        ...

    async def button(self, button_id: str) -> dict[str, Any] | None:
        """What a button does, None when it is unknown or has expired."""
        ...

    async def save_post(self, run_id: str, channel: str, ts: str) -> None:
        """Keep where the message of a run stands."""
        ...


@dataclass(frozen=True)
class Prepared:
    """What a click will run: the words of a command, and the run whose message shows the button."""

    words: tuple[str, ...]
    run_id: str = ""


class Shelf:
    """Prepared actions and posts."""

    def __init__(self, record: Record) -> None:
        self._record = record

    async def prepare(self, prepared: Prepared) -> str | None:
        """The opaque id for a button; None when the record cannot keep it (then there is no button)."""
        try:
            return await self._record.save_button({"words": list(prepared.words), "run": prepared.run_id})
        except Exception:
            log.exception("a button could not be kept, so it is not shown", words=prepared.words)
            return None

    async def take(self, button_id: str) -> Prepared | None:
        """What a clicked button does; None when nobody knows any more."""
        try:
            action = await self._record.button(button_id)
        except Exception:
            log.exception("the record of buttons cannot be read", button=button_id)
            return None
        return Prepared(tuple(action["words"]), action["run"]) if action else None

    async def posted(self, run_id: str, channel: str, ts: str) -> None:
        """Remember where a run's message stands, so that a restarted bot can finish it."""
        try:
            await self._record.save_post(run_id, channel, ts)
        except Exception:
            log.exception("where a run was posted could not be kept", run=run_id)
