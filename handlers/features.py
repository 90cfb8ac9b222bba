"""All features of the Slack app, registered in one place."""

from __future__ import annotations

import re

import structlog
from slack_bolt.async_app import AsyncAck, AsyncApp

from handlers import buttons, command, confirm, home, modals
from handlers.deps import Deps
from handlers.guard import Body, guarded

log = structlog.get_logger(__name__)


def register(app: AsyncApp, deps: Deps) -> None:
    """Every feature, then what is left: a click nobody listens for (a message of an older version) is acknowledged too."""
    for feature in (command, buttons, home, modals, confirm):
        feature.register(app, deps)

    @guarded
    async def unknown_click(ack: AsyncAck, body: Body) -> None:
        await ack()
        log.info("a click nobody listens for", action=body["actions"][0].get("action_id"))

    app.action(re.compile(".*"))(unknown_click)
