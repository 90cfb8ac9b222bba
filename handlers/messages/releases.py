"""`releases`: the versions that can be deployed."""

from __future__ import annotations

from handlers.messages.blocks import context, section, table
from handlers.messages.limits import say
from handlers.messages.message import Message
from handlers.messages.words import amount, utc
from ops.results import Releases, Tag
from ops.spelling import counted


def releases_message(releases: Releases) -> Message:
    """Newest first."""
    headline = (
        say("{} can be deployed.", counted(len(releases.tags), "version"))
        if releases.tags
        else say("There is no version to deploy.")
    )
    blocks = [section(say("*{}*", headline))]
    if releases.tags:
        rows = table(("Version", "Now", "Built", "Size", "Where"), [_row(tag) for tag in releases.tags], right=(3,))
        blocks.append(rows)
        left = len(releases.tags) - (len(rows["rows"]) - 1)
        if left:
            blocks.append(context(say("{} older ones are not shown.", left)))
    if releases.problem:
        blocks.append(section(say("⚠️ {}", releases.problem)))
    return Message.of(headline, *blocks)


def _row(tag: Tag) -> tuple[str, ...]:
    now = "live" if tag.live else "standby" if tag.standby else "–"
    where = "this machine" if tag.local else "registry"
    return (tag.version, now, utc(tag.created), amount(tag.bytes), where)
