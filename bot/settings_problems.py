"""What pydantic found wrong with a configuration, as sentences that name the key and the file or variable."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from types import NoneType
from typing import Any, get_args

from pydantic import BaseModel, SecretStr
from pydantic_core import ErrorDetails

from ops.config import Config


def sentence(problem: ErrorDetails, origins: Mapping[str, str]) -> str:
    """One problem as one sentence; `origins` maps `section` and `section.key` to where the value came from."""
    place = problem["loc"]
    key = _dotted(place)
    origin = origins.get(_dotted(place[:2])) or origins.get(_dotted(place[:1]))
    where = f" ({origin})" if origin else ""
    if problem["type"] == "extra_forbidden":
        known = list(_model_at(place[:-1]).model_fields)
        near = get_close_matches(str(place[-1]), known, n=1)
        kind = "table" if len(place) == 1 else "setting"
        return f"there is no {kind} `{key}`{where}." + (
            f" Did you mean `{_dotted((*place[:-1], near[0]))}`?" if near else ""
        )
    if problem["type"] == "missing":
        return f"`{key}` is missing{where}."
    reason = problem["msg"].removeprefix("Value error, ").removeprefix("Input ")
    if problem["type"] == "value_error":  # a rule of a whole table, which names its keys itself
        return f"{reason}{where}."
    return f"`{key}`{_shown(problem)}: {reason[0].lower()}{reason[1:]}{where}."


def _dotted(place: Sequence[int | str]) -> str:
    text = ""
    for part in place:
        text += f"[{part}]" if isinstance(part, int) else f".{part}"
    return text.removeprefix(".")


def _model_at(place: Sequence[int | str]) -> type[BaseModel]:
    """The model whose keys stand at a place of the configuration."""
    model: type[BaseModel] = Config
    for part in place:
        if isinstance(part, str):
            model = _model_in(model.model_fields[part].annotation)
    return model


def _model_in(annotation: Any) -> type[BaseModel]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    inner = next(one for one in get_args(annotation) if one not in (NoneType, Ellipsis))
    return _model_in(inner)


def _shown(problem: ErrorDetails) -> str:
    """The value that was refused, when it is short and no secret."""
    section, *rest = problem["loc"]
    if not rest or problem["loc"][:2] in (("app", "environment"), ("backups", "mirror_options")):
        return ""
    info = _model_at([section]).model_fields[str(rest[0])]
    value = problem["input"]
    if info.annotation is SecretStr or not isinstance(value, str | int | float | bool):
        return ""
    text = repr(value)
    return f" = {text if len(text) <= 60 else text[:60] + '…'}"
