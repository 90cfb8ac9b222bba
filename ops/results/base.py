"""What every answer is: a value that any door can show. No text for people is formatted here."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from enum import Enum
from typing import Any


@dataclass(frozen=True)
class Result:
    """Base of all results."""

    def as_json(self) -> dict[str, Any]:
        """The JSON object of the terminal's `--json` (DESIGN section 3). Times are ISO 8601 in UTC."""
        return {key: plain(value) for key, value in asdict(self).items()}


def plain(value: Any) -> Any:
    """A value as JSON can carry it."""
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, dict):
        return {str(plain(k)): plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(item) for item in value]
    return value


@dataclass(frozen=True)
class Changed(Result):
    """A change was made, or was found to be made already. `summary` is one sentence; `live` says what users get now (the very
    same sentence when that is all there is to say: it is then shown once)."""

    summary: str
    live: str
    next_step: str = ""
    can_roll_back: bool = False
