"""From words to a command of the table with checked arguments: the same for Slack and for the terminal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

import click

from ops.commands import COMMANDS, Argument, Command, Kind, find
from ops.errors import UsageError
from ops.model import Colour, parse_version
from ops.spelling import split

__all__ = ["Invocation", "parse", "split"]

_LONGEST_NAME = max(len(command.words) for command in COMMANDS)
_HELP_WORDS = frozenset({"--help", "-h", "-?"})


@dataclass(frozen=True)
class Invocation:
    """A command with its arguments, checked; `words` are what was typed."""

    command: Command
    arguments: Mapping[str, Any]
    words: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """The command as the record shows it: `deploy v1.2.0`, at most 200 characters."""
        typed = " ".join(self.words) or self.command.name
        return typed if len(typed) <= 200 else typed[:199] + "…"


def parse(words: Sequence[str]) -> Invocation:
    """Find the command and check its arguments. No words at all, or `--help`, ask for help.

    Raises:
        UsageError: there is no such command, or an argument is missing, unknown or not valid; the message says which and
            the next step shows an example.
    """
    asked = [word for word in words if word not in _HELP_WORDS]
    if not asked:
        return Invocation(find("help"), {"command": None}, ("help",))
    command, rest = _find(asked)
    if len(asked) < len(words):
        return Invocation(find("help"), {"command": command.name}, ("help", command.name))
    return Invocation(command, _arguments(command, rest), tuple(words))


def _find(words: Sequence[str]) -> tuple[Command, Sequence[str]]:
    lowered = [word.lower() for word in words[:_LONGEST_NAME]]
    for length in range(len(lowered), 0, -1):
        for command in COMMANDS:
            if command.words == tuple(lowered[:length]):
                return command, words[length:]
    raise unknown(words[0])


def unknown(word: str) -> UsageError:
    """The error for a word that is no command, with the nearest one that is."""
    close = get_close_matches(word.lower(), [command.name for command in COMMANDS], n=1, cutoff=0.5)
    hint = f" Did you mean `{close[0]}`?" if close else ""
    return UsageError(f"There is no command “{_short(word)}”.{hint}", "`help` lists what you may run.")


class _Value(click.ParamType[Any]):
    """One value, by the kind the table gives it."""

    name = "value"

    def __init__(self, argument: Argument) -> None:
        self._argument = argument

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The checked value.

        Raises:
            UsageError: for a version that is no image tag.
            click.BadParameter: for the other kinds.
        """
        match self._argument.kind:
            case Kind.VERSION:
                return parse_version(value)
            case Kind.NUMBER:
                return self._number(value)
            case Kind.COLOUR:
                return Colour(self._one_of(value, tuple(colour.value for colour in Colour)))
            case Kind.CHOICE:
                return self._one_of(value, self._argument.choices)
            case _:
                return value

    def _number(self, value: str | int) -> int:
        low, high = self._argument.minimum, self._argument.maximum
        # isascii: int() also reads the digits of other scripts
        if isinstance(value, str) and not (value.isascii() and value.isdigit() and len(value) < 10):
            raise click.BadParameter(f"“{_short(value)}” is not a number from {low} to {high}")
        if not low <= int(value) <= high:
            raise click.BadParameter(f"{value} is not from {low} to {high}")
        return int(value)

    def _one_of(self, value: str, choices: tuple[str, ...]) -> str:
        if value.lower() not in choices:
            raise click.BadParameter(f"“{_short(value)}” is none of {', '.join(choices)}")
        return value.lower()


def _arguments(command: Command, words: Sequence[str]) -> dict[str, Any]:
    takes_text = any(argument.kind is Kind.TEXT for argument in command.arguments)
    grammar = click.Command(
        command.name,
        params=[_parameter(argument) for argument in command.arguments],
        add_help_option=False,
        # In a free text a word that begins with a dash is a word like any other.
        context_settings={"allow_extra_args": True, "allow_interspersed_args": not takes_text},
    )
    try:
        context = grammar.make_context(command.name, list(words))
    except click.UsageError as error:
        raise _usage_error(command, error) from None
    if context.args:
        raise UsageError(f"`{command.name}` does not take “{_short(context.args[0])}”.", _example(command))
    values = context.params
    for argument in command.arguments:
        if argument.kind is Kind.TEXT:
            values[argument.name] = " ".join(values[argument.name] or ()) or None
    return values


def _parameter(argument: Argument) -> click.Parameter:
    if argument.kind is Kind.FLAG:
        return click.Option([f"--{argument.name}"], is_flag=True, default=False)
    # click takes default=None for a default, and would then ask for nothing that is required
    given: dict[str, Any] = {} if argument.default is None else {"default": argument.default}
    if argument.option:
        return click.Option([f"--{argument.name}"], type=_Value(argument), required=argument.required, **given)
    if argument.kind is Kind.TEXT:
        return click.Argument([argument.name], nargs=-1, required=argument.required)
    return click.Argument([argument.name], type=_Value(argument), required=argument.required, **given)


def _usage_error(command: Command, error: click.UsageError) -> UsageError:
    match error:
        case click.MissingParameter(param=click.Parameter(name=name)):
            missing = next(argument for argument in command.arguments if argument.name == name)
            what = f"`{command.name}` needs {missing.name.upper()}: {missing.help}."
        case click.NoSuchOption():
            near = [option for option in error.possibilities or [] if option.startswith("--")]
            hint = f" Did you mean `{near[0]}`?" if near else ""
            what = f"`{command.name}` has no option “{_short(error.option_name)}”.{hint}"
        case click.BadParameter(param=click.Parameter(name=name)):
            what = f"{str(name).upper()} of `{command.name}`: {error.message}."
        case _:
            what = f"`{command.name}`: {error.message.rstrip('.')}."
    return UsageError(what, _example(command))


def _example(command: Command) -> str:
    return f"For example: `{command.example}`."


def _short(word: str) -> str:
    return word if len(word) <= 40 else word[:40] + "…"
