"""How things read in a terminal: colours, times, and foreign text made harmless."""

from __future__ import annotations

import unicodedata
from datetime import UTC, datetime
from typing import Any

from rich import box

GOOD, WARN, BAD, DIM = "green", "yellow", "red", "dim"
FAINT_TABLE: dict[str, Any] = {"box": box.SIMPLE_HEAD, "header_style": "dim", "pad_edge": False, "show_edge": False}


def plain(text: str) -> str:
    """Text from containers and people without the characters that would steer the terminal (escape sequences, direction
    marks); tabs and line ends stay."""
    return "".join(c for c in text if c in "\t\n" or unicodedata.category(c) not in ("Cc", "Cf", "Cs"))


def utc(when: datetime | None) -> str:
    """A point in time as the record has it: `24 Nov 03:15:02 UTC`."""
    return when.astimezone(UTC).strftime("%d %b %H:%M:%S UTC") if when else "–"
