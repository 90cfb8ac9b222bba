"""`whoami`: who the asker is here, and what they may do."""

from __future__ import annotations

from handlers.messages.blocks import section
from handlers.messages.limits import Mrkdwn, code, escape, join, say
from handlers.messages.message import Message
from ops.model import Door, Role
from ops.results import Whoami


def whoami_message(whoami: Whoami) -> Message:
    """The id is shown because the configuration wants it."""
    headline = role_line(whoami)
    return Message.of(headline, section(headline), section(may_line(whoami)))


def role_line(whoami: Whoami) -> Mrkdwn:
    """Name, id and role. The name is left to Slack, by a mention: an App Home event brings the id only."""
    actor = whoami.actor
    name = Mrkdwn(f"<@{actor.id}>") if actor.door is Door.SLACK else escape(actor.name)
    return say("You are {} ({}), role *{}*.", name, code(actor.id), whoami.role)


def may_line(whoami: Whoami) -> Mrkdwn:
    """The commands of that role; for nobody, how to become somebody."""
    if whoami.role is Role.NOBODY:
        key = code("[access]")
        return say("You may not run anything yet. An administrator can add your id under {} in the configuration.", key)
    return say("You may run {}.", join([code(command) for command in whoami.commands], ", "))
