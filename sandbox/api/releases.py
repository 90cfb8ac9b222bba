"""The releases of the sample: what each one brings, and what is wrong with it."""

from __future__ import annotations

from dataclasses import dataclass

from . import schema
from .migrations import Migration

_BASE = (schema.INITIAL_CREATE,)
_WITH_CATEGORY = (*_BASE, schema.ADD_CATEGORY)
_WITH_BUDGETS = (*_WITH_CATEGORY, schema.ADD_BUDGETS)
_REBUILT = (*_WITH_BUDGETS, schema.WIDEN_NOTE)


@dataclass(frozen=True)
class Release:
    """What the code of one release knows of the schema, and its faults.

    `direction`, `category` and `budgets`: whether the code uses that column or table. `unhealthy`: the reason its health
    gives for ever. `fails_users`: after a while every third request of a user is answered 500 while health stays good.
    """

    name: str
    migrations: tuple[Migration, ...]
    direction: bool = True
    category: bool = True
    budgets: bool = True
    unhealthy: str | None = None
    fails_users: bool = False


RELEASES = {
    release.name: release
    for release in (
        Release("v1.0.0", _BASE, category=False, budgets=False),
        Release("v1.1.0", _WITH_CATEGORY, budgets=False),
        Release("v1.2.0", _WITH_BUDGETS),
        Release(
            "v1.3.0",
            (*_WITH_BUDGETS, schema.ADD_NICKNAME),
            unhealthy="the exchange rate service does not answer: connection refused (rates:8443)",
        ),
        Release("v1.4.0", _WITH_BUDGETS, fails_users=True),
        Release("v1.5.0", _REBUILT),
        Release("v1.6.0", _REBUILT, direction=False),
        Release("v2.0.0", (*_REBUILT, schema.DROP_DIRECTION), direction=False),
    )
}


def release_named(name: str) -> Release:
    """Raise ValueError with the names that exist when there is no such release."""
    try:
        return RELEASES[name]
    except KeyError:
        raise ValueError(f"RELEASE {name!r} does not exist; there are {', '.join(RELEASES)}") from None
