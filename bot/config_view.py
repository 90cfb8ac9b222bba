"""The settings in effect, for `myfinance config`: every key, its value with secrets masked, and where it came from."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel, SecretStr
from rich.table import Table
from rich.text import Text

from bot.render_words import FAINT_TABLE, plain
from bot.settings import Loaded

MASK = "***"


def as_json(loaded: Loaded) -> dict[str, Any]:
    """`{"file": …, "settings": {"project.name": {"value": …, "source": …}, …}}`."""
    rows = {key: {"value": value, "source": loaded.sources[key]} for key, value in _settings(loaded)}
    return {"file": str(loaded.file) if loaded.file else None, "settings": rows}


def table(loaded: Loaded) -> Table:
    """The same as a table for a person."""
    drawn = Table("Setting", "Value", "From", **FAINT_TABLE)
    for key, value in _settings(loaded):
        drawn.add_row(Text(key), Text(plain(str(value))), Text(loaded.sources[key]))
    return drawn


def _settings(loaded: Loaded) -> Iterator[tuple[str, Any]]:
    for section in type(loaded.config).model_fields:
        values: BaseModel = getattr(loaded.config, section)
        dumped = values.model_dump(mode="json")
        for key in type(values).model_fields:
            value = getattr(values, key)
            if isinstance(value, SecretStr):
                yield f"{section}.{key}", MASK if value.get_secret_value() else ""
            else:
                yield f"{section}.{key}", dumped[key]
