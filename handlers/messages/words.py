"""How times, sizes, colours and people read in a message. Times are UTC, as in the record and in run ids."""

from __future__ import annotations

from datetime import UTC, datetime

from handlers.messages.limits import Mrkdwn, code
from ops import spelling
from ops.model import Actor, Colour
from ops.results import RunRecord

_COLOURS = {Colour.BLUE: "🔵", Colour.GREEN: "🟢"}
_STATES = {"running": "⏳", "done": "✅", "failed": "❌", "stopped": "⏹️", "refused": "⛔", "interrupted": "⚠️"}


def moment(at: datetime | float) -> Mrkdwn:
    """A point in time, shown by Slack in the reader's own time zone and, where it cannot, in UTC
    (https://docs.slack.dev/messaging/formatting-message-text#date-formatting)."""
    when = at if isinstance(at, datetime) else datetime.fromtimestamp(at, UTC)
    return Mrkdwn(f"<!date^{int(when.timestamp())}^{{date_short_pretty}} {{time_secs}}|{utc(when)}>")


def utc(when: datetime | None) -> str:
    """A point in time where no markup is possible: `24 Nov 2026 03:15 UTC`."""
    return when.astimezone(UTC).strftime("%d %b %Y %H:%M UTC") if when else "–"


def short_utc(when: datetime | None) -> str:
    """The same where there is little room: `24 Nov 03:15`."""
    return when.astimezone(UTC).strftime("%d %b %H:%M") if when else "–"


def age(seconds: float | None) -> str:
    """How long ago, in the largest unit alone: `5 d`, `3 h`, `2 min`."""
    return " ".join(duration(seconds).split()[:2])


def duration(seconds: float | None) -> str:
    """`40 ms`, `0.4 s`, `12 s`, `2 min 5 s`, `3 h 10 min`, `2 d 4 h`."""
    if seconds is None:
        return "–"
    if 0 < seconds < 0.1:
        return f"{seconds * 1000:.0f} ms"
    if seconds < 10:
        return f"{seconds:.1f} s"
    units = ((86400, "d"), (3600, "h"), (60, "min"), (1, "s"))
    whole, parts = int(seconds), []
    for size, name in units:
        count, whole = divmod(whole, size)
        if count:
            parts.append(f"{count} {name}")
    return " ".join(parts[:2])


def amount(count: int | None) -> str:
    """Bytes as people read them: `1.2 GB`; a dash when they are not known."""
    return "–" if count is None else spelling.amount(count)


def coloured(colour: Colour) -> str:
    """`🔵 blue`."""
    return f"{_COLOURS[colour]} {colour}"


def marked(state: str) -> str:
    """The mark of a run's state."""
    return _STATES.get(state, "▫️")


def typed(command: str) -> Mrkdwn:
    """A command as a person would type it."""
    return code(command)


def who(actor: Actor) -> str:
    """A person's name, without calling them."""
    return str(actor)


def took(run: RunRecord) -> str:
    """How long a run took, or that it still runs."""
    return duration((run.finished - run.started).total_seconds()) if run.finished else "running"
