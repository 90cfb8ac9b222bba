"""Sizes as people read them, for the sentences of results."""

from __future__ import annotations


def size(count: int | float) -> str:
    """Bytes: `1.2 GB`."""
    value = float(count)
    for unit in ("B", "kB", "MB", "GB"):
        if abs(value) < 1000:
            return f"{value:.0f} {unit}" if unit == "B" else f"{value:.1f} {unit}"
        value /= 1000
    return f"{value:.1f} TB"


def counted(count: int, one: str, more: str | None = None) -> str:
    """`1 backup`, `3 backups`."""
    return f"{count} {one if count == 1 else more or one + 's'}"
