"""The settings in effect, for `myfinance config`: every key, its value with secrets masked, and where it came from."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel, SecretStr
from rich.table import Table
from rich.text import Text

from bot.render_words import FAINT_TABLE, plain
from bot.settings import Loaded

MASK = "***"
_SECRET_NAME = re.compile(
    r"passw|pwd|secret|token|credential|(api|access|private|signing|account)_?key|_key$|jwt", re.IGNORECASE
)
_IN_CONNECTION = re.compile(r"((?:password|pwd|secret|token|key)\s*=\s*)[^;]+", re.IGNORECASE)  # Password=…;
_IN_ADDRESS = re.compile(r"(://[^\s/@]*:)[^\s/@]+@")  # https://user:…@host


def as_json(loaded: Loaded) -> dict[str, Any]:
    """`{"file": …, "settings": {"project.name": {"value": …, "source": …}, …}}`."""
    rows = {key: {"value": value, "source": loaded.sources[key]} for key, value in _settings(loaded)}
    return {"file": str(loaded.file) if loaded.file else None, "settings": rows}


def table(loaded: Loaded) -> Table:
    """The same as a table for a person."""
    drawn = Table("Setting", "Value", "From", **FAINT_TABLE)
    for key, value in _settings(loaded):
        drawn.add_row(Text(key), Text(plain(_written(value))), Text(loaded.sources[key]))
    return drawn


def _written(value: Any) -> str:
    """As it is written in the file, but that text has no quotes: `true`, `["U0ADA"]`; nothing for what is not set."""
    if value is None or value in ([], {}):
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _settings(loaded: Loaded) -> Iterator[tuple[str, Any]]:
    for section in type(loaded.config).model_fields:
        values: BaseModel = getattr(loaded.config, section)
        dumped = values.model_dump(mode="json")
        for key in type(values).model_fields:
            value = getattr(values, key)
            if isinstance(value, SecretStr):
                yield f"{section}.{key}", MASK if value.get_secret_value() else ""
            else:
                yield f"{section}.{key}", _masked(dumped[key])


def _masked(value: Any, name: str = "") -> Any:
    """A value without what should not be read over a shoulder: passwords in the application's environment and in addresses."""
    if isinstance(value, dict):
        return {key: _masked(inner, key) for key, inner in value.items()}
    if isinstance(value, list):
        return [_masked(inner) for inner in value]
    if not isinstance(value, str):
        return value
    if value and _SECRET_NAME.search(name):
        return MASK
    return _IN_ADDRESS.sub(rf"\1{MASK}@", _IN_CONNECTION.sub(rf"\1{MASK}", value))
