"""One measured figure beside its bar. Where machines differ a figure is a ratio of two things measured in the same run."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Figure:
    """`measured` and `bar` as a person reads them; `parts` are the numbers behind it, in the units their names say."""

    what: str
    measured: str
    bar: str
    reached: bool
    parts: dict[str, float]


def percentile(values: Sequence[float], percent: int) -> float:
    """The value that `percent` of all do not exceed (nearest rank)."""
    ordered = sorted(values)
    return ordered[max(0, -(-len(ordered) * percent // 100) - 1)]


def median(values: Sequence[float]) -> float:
    """The middle value."""
    return statistics.median(values)
