"""What the environment says: the only configuration a release has."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

CONNECTION_STRING = "ConnectionStrings__DefaultConnection"


@dataclass(frozen=True)
class Settings:
    """Read once at start.

    `fault_after_s` (seconds of uptime) is when the release that is made to fail starts failing; `rebuild_pause_s` (seconds)
    widens the gap between the transactions of a table rebuild, so that a test can hit it every time.
    """

    release: str
    database: Path
    port: int = 8080
    fault_after_s: float = 10.0
    rebuild_pause_s: float = 0.0

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Settings:
        """Raise ValueError, naming the variable, when one is missing or is not what it should be."""
        return cls(
            release=_required(environment, "RELEASE"),
            database=data_source(_required(environment, CONNECTION_STRING)),
            port=int(_number(environment, "ASPNETCORE_HTTP_PORTS", cls.port)),
            fault_after_s=_number(environment, "SAMPLE_FAULT_AFTER_S", cls.fault_after_s),
            rebuild_pause_s=_number(environment, "SAMPLE_REBUILD_PAUSE_S", cls.rebuild_pause_s),
        )


def data_source(connection_string: str) -> Path:
    """The file of an ADO.NET connection string such as `Data Source=/data/myfinance.db;Cache=Shared`."""
    for part in connection_string.split(";"):
        key, _, value = part.partition("=")
        if key.strip().lower() in {"data source", "datasource", "filename"} and value.strip():
            return Path(value.strip())
    raise ValueError(f"{CONNECTION_STRING} has no 'Data Source=<file>': {connection_string!r}")


def _required(environment: Mapping[str, str], name: str) -> str:
    value = environment.get(name, "").strip()
    if not value:
        raise ValueError(f"{name} is not set")
    return value


def _number(environment: Mapping[str, str], name: str, default: float) -> float:
    text = environment.get(name, "").strip()
    try:
        number = float(text) if text else float(default)
    except ValueError:
        raise ValueError(f"{name} should be a number, not {text!r}") from None
    if number < 0:
        raise ValueError(f"{name} should not be negative, but is {text}")
    return number
