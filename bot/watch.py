"""When is a change worth telling? A pure state machine over looks at the world: no clock, no Slack, no engine of its own.

A change counts once it has lasted for several looks in a row. What a run is working on is the run's to tell, so the watch takes
it over in silence; but users who get bad answers are told about always, and so is their recovery.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, TypeVar

from handlers.messages.report import Change, Kind
from ops.model import Colour, HealthAnswer, Mode
from ops.results import Health

T = TypeVar("T")


@dataclass(frozen=True)
class Look:
    """One look. `at` is in seconds of any steady clock; `health` None means that nobody could tell, for `problem`.

    `working`: a run holds the operation lock now. `runs`: anything that differs when a run began or ended since another look.
    """

    at: float
    health: Health | None
    problem: str = ""
    working: bool = False
    runs: str = ""


class Users(StrEnum):
    """What users get."""

    GOOD = "good"
    BAD = "bad"
    CLOSED = "closed"  # the maintenance page, or nothing is live
    BLIND = "blind"  # cannot be told


@dataclass(frozen=True)
class _Turn(Generic[T]):
    """A change that has lasted. `quiet`: a run was at work when it began."""

    before: T | None
    after: T
    seconds: float  # how long `before` had held
    quiet: bool


class _Settled(Generic[T]):
    """A value with hysteresis: another one takes its place after `lasting` looks in a row."""

    def __init__(self, lasting: int) -> None:
        self._lasting = lasting
        self._value: T | None = None
        self._since = 0.0
        self._next: T | None = None
        self._next_since = 0.0
        self._next_quiet = False
        self._count = 0

    @property
    def value(self) -> T | None:
        """What holds, None before anything has."""
        return self._value

    def adopt(self, value: T, at: float) -> None:
        """Take a value over without a word."""
        if value != self._value:
            self._value, self._since = value, at
        self._count = 0

    def look(self, value: T, at: float, quiet: bool = False) -> _Turn[T] | None:
        """One more look."""
        if value == self._value:
            self._count = 0
            return None
        if self._count == 0 or value != self._next:
            self._next, self._next_since, self._next_quiet, self._count = value, at, quiet, 0
        self._count += 1
        self._next_quiet = self._next_quiet or quiet
        if self._count < self._lasting:
            return None
        turn = _Turn(self._value, value, self._next_since - self._since, self._next_quiet)
        self._value, self._since, self._count = value, self._next_since, 0
        return turn


class Watch:
    """Looks in, changes worth telling out."""

    def __init__(self, lasting: int) -> None:
        """`lasting`: how many looks in a row a change must be seen (at least 1)."""
        self._users: _Settled[Users] = _Settled(lasting)
        self._live: _Settled[Colour] = _Settled(lasting)
        self._standby: _Settled[bool | None] = _Settled(lasting)
        self._standby_of: Colour | None = None
        self._alarmed = self._standby_alarmed = False
        self._last: Look | None = None

    def look(self, look: Look) -> list[Change]:
        """What there is to tell after this look, most important first."""
        before, self._last = self._last, look
        quiet = look.working or (before is not None and (before.working or before.runs != look.runs))
        changes = [self._look_at_users(look, quiet)]
        if look.health is not None and look.health.live is not None:
            changes.append(self._look_at_live(look, look.health.live, quiet))
            changes.append(self._look_at_standby(look, look.health, look.health.live.other, quiet))
        return [change for change in changes if change is not None]

    def _look_at_users(self, look: Look, quiet: bool) -> Change | None:
        turn = self._users.look(users_get(look.health), look.at, quiet)
        if turn is None:
            return None
        detail = look.problem if look.health is None else look.health.proxy.problem or str(look.health.proxy)
        live = look.health.live if look.health else None
        match turn.after:
            case Users.BAD:
                self._alarmed = True
                return Change(Kind.USERS_BAD, detail, live)
            case Users.BLIND:
                self._alarmed = True
                return Change(Kind.BLIND, detail)
            case Users.CLOSED:
                if turn.quiet or turn.before is None:  # a command shut them out, or it was so before the bot started
                    return None
                self._alarmed = True
                return Change(Kind.USERS_CLOSED, detail)
            case Users.GOOD:
                told, self._alarmed = self._alarmed, False
                return Change(Kind.USERS_GOOD, "", live, seconds=turn.seconds) if told else None

    def _look_at_live(self, look: Look, live: Colour, quiet: bool) -> Change | None:
        if quiet or self._live.value is None:
            self._live.adopt(live, look.at)
            return None
        turn = self._live.look(live, look.at)
        return Change(Kind.LIVE_BY_HAND, "", live, turn.before) if turn else None

    def _look_at_standby(self, look: Look, health: Health, colour: Colour, quiet: bool) -> Change | None:
        answer = health.colours.get(colour)
        state = answer.good if answer else None
        if quiet or colour is not self._standby_of:
            self._standby_of, self._standby_alarmed = colour, False
            self._standby.adopt(state, look.at)
            return None
        turn = self._standby.look(state, look.at)
        if turn is None:
            return None
        if turn.after:
            told, self._standby_alarmed = self._standby_alarmed, False
            return Change(Kind.STANDBY_GOOD, "", colour, seconds=turn.seconds) if told else None
        self._standby_alarmed = True
        return Change(Kind.STANDBY_BAD, _why(answer), colour)


def users_get(health: Health | None) -> Users:
    """What users get, by the answer of `health`."""
    if health is None:
        return Users.BLIND
    if health.live is None or health.mode is Mode.MAINTENANCE:
        return Users.CLOSED
    return Users.GOOD if health.good else Users.BAD


def _why(answer: HealthAnswer | None) -> str:
    return "it does not run" if answer is None else answer.problem or str(answer)
