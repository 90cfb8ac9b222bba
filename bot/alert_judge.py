"""Which problems are told now, which again, which are mended? Pure: what was seen and what stands in, what to say out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from handlers.messages.alert import How, Problem, Telling

# A day, less what two looks may lie apart: a daily reminder does not wander round the clock.
AGAIN_AFTER = timedelta(hours=23, minutes=45)


@dataclass(frozen=True)
class Seen:
    """What one look has found. `looked` are all kinds that could be judged: of the others nothing is known."""

    problems: tuple[Problem, ...]
    looked: frozenset[str]


@dataclass(frozen=True)
class Standing:
    """An alert that was told and is not mended."""

    since: datetime
    last_told: datetime
    text: str


def judge(seen: Seen, standing: Mapping[str, Standing], now: datetime) -> tuple[Telling, ...]:
    """New problems at once, those that stand (by their kind) again when a day has passed, mended ones once."""
    tellings = [telling for one in seen.problems if (telling := _told(one, standing.get(one.kind), now))]
    there = {problem.kind for problem in seen.problems}
    mended = [kind for kind in standing if kind in seen.looked and kind not in there]
    gone = [Telling(How.MENDED, Problem(kind, standing[kind].text, ""), standing[kind].since) for kind in mended]
    return (*tellings, *gone)


def _told(problem: Problem, alert: Standing | None, now: datetime) -> Telling | None:
    if alert is None:
        return Telling(How.NEW, problem, now)
    return Telling(How.AGAIN, problem, alert.since) if now - alert.last_told >= AGAIN_AFTER else None
