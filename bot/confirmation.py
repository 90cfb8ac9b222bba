"""The question before a command that must be confirmed, in a terminal."""

from __future__ import annotations

import sys

from ops.errors import Refused
from ops.results import Preview


def require(preview: Preview, *, asks: bool) -> None:
    """Ask the person to type what the preview wants, when `asks` and somebody sits there.

    Raises:
        Refused: they typed something else, or nobody can be asked.
    """
    if not (asks and sys.stdin.isatty()):
        raise Refused(
            f"`{preview.command}` must be confirmed, and nobody can be asked here. Nothing was done.",
            "Read what it would do; then give --yes.",
        )
    sys.stderr.write(f"\nType {preview.phrase} to go on, anything else to leave it: ")
    sys.stderr.flush()
    if sys.stdin.readline().strip() != preview.phrase:
        raise Refused(f"That was not {preview.phrase}. Nothing was done.", f"`{preview.command}` asks again.")
