"""Modals and App Home tabs as the workspace keeps them."""

import secrets
from dataclasses import dataclass, field
from typing import Any

from sandbox.slack import world
from sandbox.slack.messages import texts

JSON = dict[str, Any]


@dataclass
class View:
    """A modal or a Home tab of one person. `body` is the view object as Slack stores it, `values` what was typed so far."""

    id: str
    user: str
    body: JSON
    hash: str
    root_id: str
    previous_id: str | None = None
    values: JSON = field(default_factory=dict)

    @property
    def blocks(self) -> list[JSON]:
        """The blocks, with the ids Slack gave them."""
        blocks: list[JSON] = self.body["blocks"]
        return blocks

    @property
    def title(self) -> str:
        """The title of a modal; a Home tab has none."""
        return str(self.body.get("title", {}).get("text", ""))

    @property
    def words(self) -> str:
        """Everything that can be read in the view, a line each."""
        return "\n".join([self.title, *texts(self.blocks)])

    def to_json(self) -> JSON:
        """The view object that answers and payloads carry."""
        return {
            "id": self.id,
            "team_id": world.TEAM_ID,
            "type": self.body["type"],
            "blocks": self.body["blocks"],
            "private_metadata": self.body.get("private_metadata", ""),
            "callback_id": self.body.get("callback_id", ""),
            "state": {"values": self.values},
            "hash": self.hash,
            "title": self.body.get("title", {"type": "plain_text", "text": "View Title", "emoji": True}),
            "clear_on_close": self.body.get("clear_on_close", False),
            "notify_on_close": self.body.get("notify_on_close", False),
            "close": self.body.get("close"),
            "submit": self.body.get("submit"),
            "previous_view_id": self.previous_id,
            "root_view_id": self.root_id,
            "app_id": world.APP_ID,
            "external_id": self.body.get("external_id", ""),
            "app_installed_team_id": world.TEAM_ID,
            "bot_id": world.BOT_ID,
        }


def new_id(letter: str) -> str:
    """An id such as Slack makes: a letter that names the kind, then ten capitals and digits."""
    return letter + "".join(secrets.choice("ABCDEFGHJKLMNPQRSTUVWXYZ23456789") for _ in range(10))


def new_hash(now: float) -> str:
    """A view's hash: it changes with every update, so that two writers can tell they met."""
    return f"{int(now)}.{secrets.token_hex(4)}"
