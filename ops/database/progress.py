"""How a task tells how far it is."""

from __future__ import annotations

from typing import Protocol


class Progress(Protocol):
    """Told by a task while it works; the command line writes each as a JSON line."""

    def __call__(self, note: str, percent: float | None = None) -> None:
        """One short sentence, and 0-100 where it can be known."""
        ...


def quiet(note: str, percent: float | None = None) -> None:
    """For those who do not listen."""
