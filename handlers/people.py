"""Who asks, from what Slack sends."""

from __future__ import annotations

from typing import Any

from ops.model import Actor, Door


def actor_of(body: dict[str, Any]) -> Actor:
    """The person behind a command (`user_id`), a click or submission (`user`), or an event (`event.user`).

    The id decides what they may do; the name is for people to read, and is Slack's own word for it.
    """
    if "user_id" in body:
        return _actor(body["user_id"], body.get("user_name"))
    if "user" in body:
        user = body["user"]
        return _actor(user["id"], user.get("username") or user.get("name"))
    return _actor(body["event"]["user"], None)


def _actor(user_id: str, name: str | None) -> Actor:
    return Actor(user_id, name or user_id, Door.SLACK)
