"""What a chat needs remembered over a restart: which deliveries were seen, what a button does, where a run's message stands."""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Mapping
from typing import Any

from ops.ledger.store import Store

SEEN_SECONDS = 3600.0  # a chat's last retry of a delivery comes after about six minutes
BUTTON_SECONDS = 14 * 24 * 3600.0


class Chat(Store):
    """Deliveries, buttons and messages, by opaque ids."""

    async def first_sight(self, key: str) -> bool:
        """True when this id was not seen in the last hour (and is from now on)."""
        now = time.time()
        old = ("DELETE FROM seen WHERE at < ?", (now - SEEN_SECONDS,))
        return await self._write(old, ("INSERT OR IGNORE INTO seen (key, at) VALUES (?, ?)", (key, now))) > 0

    async def save_button(self, action: Mapping[str, Any]) -> str:
        """Keep what a button does; its opaque id."""
        button_id, now = secrets.token_urlsafe(16), time.time()
        old = ("DELETE FROM buttons WHERE made < ?", (now - BUTTON_SECONDS,))
        add = ("INSERT INTO buttons (id, action, made) VALUES (?, ?, ?)", (button_id, json.dumps(dict(action)), now))
        await self._write(old, add)
        return button_id

    async def button(self, button_id: str) -> dict[str, Any] | None:
        """What a button does; None when it is unknown or older than two weeks."""
        oldest = time.time() - BUTTON_SECONDS
        rows = await self._rows("SELECT action FROM buttons WHERE id = ? AND made >= ?", button_id, oldest)
        return dict(json.loads(rows[0]["action"])) if rows else None

    async def save_post(self, run_id: str, channel: str, ts: str) -> None:
        """Keep where a run's message stands."""
        keep = "INSERT OR REPLACE INTO posts (run_id, channel, ts) VALUES (?, ?, ?)"
        await self._write((keep, (run_id, channel, ts)))

    async def post(self, run_id: str) -> tuple[str, str] | None:
        """(channel, ts) of a run's message."""
        rows = await self._rows("SELECT channel, ts FROM posts WHERE run_id = ?", run_id)
        return (rows[0]["channel"], rows[0]["ts"]) if rows else None
