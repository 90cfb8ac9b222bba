"""Crontab lines: when one is due next, and when it was due last. The bot's clock and `schedule` in a terminal use the same."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from ops.errors import ConfigError

if TYPE_CHECKING:  # it takes a tenth of a second to import, and most commands need no clock
    from apscheduler.triggers.cron import CronTrigger

# APScheduler 3 counts the days of the week from Monday = 0, cron from Sunday = 0 (and 7); names mean the same to both.
_DAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat", "sun")
# How far to look back for the last due time: short looks find frequent jobs fast, the longest finds a 29th of February.
_LOOKS_BACK = (timedelta(hours=2), timedelta(days=2), timedelta(days=40), timedelta(days=370), timedelta(days=9 * 366))


def cron_trigger(line: str, timezone: str, key: str) -> CronTrigger:
    """A crontab line as people know it (`0 9 * * 1-5` is Monday to Friday).

    Raises:
        ConfigError: it cannot be read; `key` is the setting that the message names.
    """
    from apscheduler.triggers.cron import CronTrigger

    fields = line.split()
    try:
        if len(fields) == 5:
            fields[4] = _named_days(fields[4])
        return CronTrigger.from_crontab(" ".join(fields), timezone=timezone)
    except (ValueError, LookupError) as error:
        raise ConfigError(
            f"{key} = {line!r} (time zone {timezone!r}) is not a time anybody can keep: {error}.",
            "Write five crontab fields, minute hour day month weekday, for example 0 9 * * 1-5, and a time zone such as UTC.",
        ) from error


def next_due(trigger: CronTrigger, after: datetime) -> datetime | None:
    """The first due time later than `after` (aware), in UTC; None when there never is one (`0 0 31 2 *`)."""
    # In UTC throughout: sums in a zone of its own forget which of the two 01:30 of an October night is meant.
    found: datetime | None = trigger.get_next_fire_time(None, after.astimezone(UTC) + timedelta(microseconds=1))
    return found.astimezone(UTC) if found is not None else None


def last_due(trigger: CronTrigger, now: datetime) -> datetime | None:
    """The last due time not later than `now` (aware), in UTC; None when there was none in nine years."""
    for back in _LOOKS_BACK:
        found, at = None, next_due(trigger, now - back)
        while at is not None and at <= now:
            found, at = at, next_due(trigger, at)
        if found is not None:
            return found
    return None


def _named_days(field: str) -> str:
    """The weekday field with every day named: `1-5` → `mon,tue,wed,thu,fri`, `*/3` → `sun,wed,sat`, `*` stays."""
    if field == "*":
        return field
    return ",".join(_DAYS[day] for day in sorted({day for part in field.split(",") for day in _days(part)}))


def _days(part: str) -> range:
    days, _, step = part.partition("/")
    first, dash, last = ("0-6" if days == "*" else days).partition("-")
    until = last if dash else "6" if step else first
    return range(_day(first), _day(until) + 1, int(step or 1))


def _day(text: str) -> int:
    return _DAYS.index(text.lower()) if text.isalpha() else int(text)
