"""Reads the configuration: one TOML file, the environment over it, and for every value where it came from.

Own code instead of pydantic-settings, which was tried: it passes over a misspelt table in a variable's name (MYFINANCE_POXY__PORT),
does not say which variable holds bad JSON, takes `[access] terminal` from the environment (also as MYFINANCE_ACCESS='{…}'), and
knows no origins; all that would have to be written around it, and it makes every command start some 40 ms later.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import Any, get_origin

from pydantic import BaseModel, ValidationError

from bot.settings_problems import sentence
from ops.config import Config
from ops.errors import ConfigError

PLACES = (Path("myfinance.toml"), Path("/etc/myfinance/myfinance.toml"))  # looked at in this order
PREFIX = "MYFINANCE_"
FILE_VARIABLE = "MYFINANCE_CONFIG"
# Variables of this prefix that other programs read: compose.yml takes the base image from it.
_NOT_OURS = frozenset({FILE_VARIABLE, "MYFINANCE_BASE"})
_SLACK = {
    "SLACK_BOT_TOKEN": "slack.bot_token",
    "SLACK_APP_TOKEN": "slack.app_token",
    "SLACK_SIGNING_SECRET": "slack.signing_secret",
    "SLACK_API_URL": "slack.api_url",
}
_FILE_ONLY = frozenset({"access.terminal"})


@dataclass(frozen=True)
class Loaded:
    """The configuration in effect. `sources` maps every dotted key to `default`, `file …` or `variable …`."""

    config: Config
    file: Path | None
    sources: dict[str, str]


def load(path: Path | None, environment: Mapping[str, str]) -> Loaded:
    """The configuration from `path` (else MYFINANCE_CONFIG, else the usual places, else defaults) and the environment.

    A relative `project.state_dir` is relative to the folder of the file, so that every process that reads the same file
    shares the same operation lock; and so is a relative `backups.dir`.

    Raises:
        ConfigError: it cannot be used; the message names every key that is wrong, and the file or variable it came from.
    """
    file = _find(path, environment)
    layers = _Layers()
    if file is not None:
        layers.add_file(file)
    layers.add_environment(environment)
    config = layers.validated()
    base = file.parent if file is not None else Path()
    state_dir = (base / config.project.state_dir.expanduser()).absolute()
    project = config.project.model_copy(update={"state_dir": state_dir})
    backups = config.backups
    if backups.volume is None:
        folder = str((base / Path(backups.dir).expanduser()).absolute())
        backups = backups.model_copy(update={"dir": folder})
    updated = config.model_copy(update={"project": project, "backups": backups})
    return Loaded(updated, file, layers.sources())


def sections() -> dict[str, type[BaseModel]]:
    """The tables of the configuration, by name."""
    found = {}
    for name, info in Config.model_fields.items():
        assert isinstance(info.annotation, type)
        assert issubclass(info.annotation, BaseModel)
        found[name] = info.annotation
    return found


def keys() -> list[str]:
    """Every setting as a dotted key, in the order of the configuration."""
    return [f"{section}.{key}" for section, model in sections().items() for key in model.model_fields]


def variable_of(key: str) -> str:
    """The environment variable of a dotted key: `MYFINANCE_PROXY__PORT`."""
    return PREFIX + key.upper().replace(".", "__", 1)


def _find(path: Path | None, environment: Mapping[str, str]) -> Path | None:
    named = environment.get(FILE_VARIABLE)
    if path is None and not named:
        return next((place.absolute() for place in PLACES if place.is_file()), None)
    file, who = (path, "--config") if path is not None else (Path(named or ""), f"the variable {FILE_VARIABLE}")
    if not file.is_file():
        raise ConfigError(f"There is no configuration file {file}, which {who} names.", "Name one that exists.")
    return file.absolute()


@dataclass
class _Layers:
    """The values so far, where each came from, and what was wrong on the way: all problems are told at once."""

    values: dict[str, Any] = field(default_factory=dict)
    origins: dict[str, str] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)

    def add_file(self, file: Path) -> None:
        try:
            table = tomllib.loads(file.read_text(encoding="utf-8"))
        except OSError as error:
            reason = error.strerror or type(error).__name__
            raise ConfigError(
                f"The configuration file {file} cannot be read: {reason}.", "Check its permissions."
            ) from None
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            what = f"The configuration file {file} is not valid TOML: {error}."
            raise ConfigError(what, "Mend that place; texts stand in double quotes.") from None
        self.values = table
        for section, values in table.items():
            self.origins[section] = f"file {file}"
            for key in values if isinstance(values, dict) else ():
                self.origins[f"{section}.{key}"] = f"file {file}"

    def add_environment(self, environment: Mapping[str, str]) -> None:
        for variable, key in _SLACK.items():
            if environment.get(variable):  # compose.yml hands them on also when they are empty
                self._set(key, environment[variable], variable)
        known = {variable_of(key): key for key in keys()}
        for variable in sorted(environment):
            if not variable.startswith(PREFIX) or variable in _NOT_OURS:
                continue
            found = known.get(variable.upper())
            if found is None:
                near = get_close_matches(variable, [*known, FILE_VARIABLE], n=1)
                hint = f" Did you mean {near[0]}?" if near else ""
                self.problems.append(f"the variable {variable} is no setting.{hint}")
            elif found in _FILE_ONLY:
                self.problems.append(
                    f"the variable {variable} is refused: `{found}` is read from the configuration file only, "
                    "so that nobody gives themselves a role by setting a variable."
                )
            else:
                self._set_text(found, environment[variable], variable)

    def _set_text(self, key: str, text: str, variable: str) -> None:
        section, name = key.split(".")
        if get_origin(sections()[section].model_fields[name].annotation) not in (tuple, dict):
            self._set(key, text, variable)
            return
        try:
            self._set(key, json.loads(text), variable)
        except ValueError:
            example = '["a", "b"]' if text.lstrip()[:1] != "{" else '{"name": "value"}'
            self.problems.append(f"the variable {variable} must hold JSON, such as {example}.")

    def _set(self, key: str, value: Any, variable: str) -> None:
        section, name = key.split(".")
        table = self.values.setdefault(section, {})
        if isinstance(table, dict):  # when it is not, the validation says so
            table[name] = value
            self.origins[key] = f"variable {variable}"

    def validated(self) -> Config:
        try:
            config = Config.model_validate(self.values)
        except ValidationError as error:
            self.problems += [sentence(problem, self.origins) for problem in error.errors()]
        else:
            if not self.problems:
                return config
        lines = self.problems if len(self.problems) == 1 else [f"\n  - {problem}" for problem in self.problems]
        raise ConfigError(
            f"The configuration cannot be used: {''.join(lines)}",
            "Correct that and try again; the project's myfinance.toml shows every setting with its default.",
        )

    def sources(self) -> dict[str, str]:
        return {key: self.origins.get(key, "default") for key in keys()}
