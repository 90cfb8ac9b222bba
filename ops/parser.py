"""From words to a command of the table with checked arguments: the same for Slack and for the terminal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from itertools import islice
from typing import Any

import click

from ops.commands import COMMANDS, Argument, Command, Kind, find
from ops.errors import UsageError
from ops.model import Colour, parse_version
from ops.spelling import clean, shown, split

__all__ = ["Invocation", "parse", "spelled", "split", "usage"]

_LONGEST_NAME = max(len(command.words) for command in COMMANDS)
_LONGEST_TEXT = 500  # characters of a reason: it stands in messages, in the record and in every refusal of a freeze
_LONGEST_WORD = 100
_HELP_WORDS = frozenset({"--help", "-h", "-?"})


@dataclass(frozen=True)
class Invocation:
    """A command with its arguments, checked; `words` are what was typed, the command's own as the table spells them."""

    command: Command
    arguments: Mapping[str, Any]
    words: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """The command as the record shows it: `deploy v1.2.0`, at most 200 characters."""
        typed = clean(" ".join(self.words)) or self.command.name
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
    return Invocation(command, _arguments(command, rest), (*command.words, *rest))


def usage(command: Command) -> str:
    """How a row is typed: `deploy VERSION [--hold]`."""
    return " ".join([command.name, *(spelled(argument) for argument in command.arguments)])


def spelled(argument: Argument) -> str:
    """How one argument is typed: `VERSION`, `[--hold]`, `[blue|green]`, `[--lines NUMBER]`, `[REASON…]`."""
    match argument.kind:
        case Kind.CHOICE:
            value = "|".join(argument.choices)
        case Kind.COLOUR:
            value = "|".join(Colour)
        case Kind.TEXT:
            value = f"{argument.name.upper()}…"
        case _:
            value = argument.name.upper()
    if argument.kind is Kind.FLAG:
        value = argument.flag
    elif argument.option:
        value = f"{argument.flag} {argument.kind}"
    return value if argument.required else f"[{value}]"


def _find(words: Sequence[str]) -> tuple[Command, Sequence[str]]:
    lowered = [word.lower() for word in words[:_LONGEST_NAME]]
    for length in range(len(lowered), 0, -1):
        for command in COMMANDS:
            if command.words == tuple(lowered[:length]):
                return command, words[length:]
    raise unknown(words)


def unknown(words: Sequence[str]) -> UsageError:
    """The error for words that are no command, with the nearest one that is."""
    names = [command.name for command in COMMANDS]
    tries = (" ".join(words[:length]).lower() for length in range(_LONGEST_NAME, 0, -1))
    close = next((near for typed in tries if (near := get_close_matches(typed, names, n=1))), None)
    hint = f" Did you mean `{close[0]}`?" if close else ""
    return UsageError(f"There is no command “{shown(words[0])}”.{hint}", "`help` lists what you may run.")


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
                return parse_version(clean(value))
            case Kind.NUMBER:
                return self._number(value)
            case Kind.COLOUR:
                return Colour(self._one_of(value, tuple(colour.value for colour in Colour)))
            case Kind.CHOICE:
                return self._one_of(value, self._argument.choices)
            case _:
                return self._word(value)

    def _number(self, value: str | int) -> int:
        low, high = self._argument.minimum, self._argument.maximum
        # isascii: int() also reads the digits of other scripts
        if isinstance(value, str) and not (value.isascii() and value.isdigit() and len(value) < 10):
            raise click.BadParameter(f"“{shown(value)}” is not a number from {low} to {high}")
        if not low <= int(value) <= high:
            raise click.BadParameter(f"{value} is not from {low} to {high}")
        return int(value)

    def _word(self, value: str) -> str:
        if not value or clean(value) != value or " " in value or len(value) > _LONGEST_WORD:
            raise click.BadParameter(f"“{shown(value)}” is not one word of at most {_LONGEST_WORD} characters")
        return value

    def _one_of(self, value: str, choices: tuple[str, ...]) -> str:
        if value.lower() not in choices:
            raise click.BadParameter(f"“{shown(value)}” is none of {', '.join(choices)}")
        return value.lower()


def _arguments(command: Command, words: Sequence[str]) -> dict[str, Any]:
    takes_text = any(argument.kind is Kind.TEXT for argument in command.arguments)
    grammar = click.Command(
        command.name,
        params=[_parameter(argument) for argument in command.arguments],
        add_help_option=False,
        context_settings={"allow_extra_args": True, "allow_interspersed_args": not takes_text},
    )
    try:
        context = grammar.make_context(command.name, _flags_first(command, words) if takes_text else list(words))
    except click.UsageError as error:
        _check_version(command, words)
        raise _usage_error(command, error) from None
    except UsageError as error:
        raise UsageError(error.what, f"{error.next_step} {_usage(command)}") from None
    if context.args:
        raise UsageError(f"`{command.name}` does not take “{shown(context.args[0])}”.", _usage(command))
    values = context.params
    for argument in command.arguments:
        if argument.kind is Kind.TEXT:
            values[argument.name] = _text(command, argument, " ".join(values[argument.name] or ()))
    return values


def _flags_first(command: Command, words: Sequence[str]) -> list[str]:
    """The words of a command that takes a free text, as click understands them. Its own flags count wherever they stand, until a
    `--`; any other word in the text that begins with a dash is a word like any other."""
    options = {
        argument.flag: argument for argument in command.arguments if argument.option or argument.kind is Kind.FLAG
    }
    flags: list[str] = []
    others: list[str] = []
    rest = iter(words)
    for word in rest:
        if word == "--":
            return [*flags, *others, *(() if others else ("--",)), *rest]
        if (found := options.get(word.partition("=")[0])) is None:
            others.append(word)
            continue
        flags.append(word)
        if found.option and "=" not in word:
            value = list(islice(rest, 1))
            if not value:
                return flags  # for click to tell that its value is missing
            flags += value
    return flags + others


def _text(command: Command, argument: Argument, text: str) -> str | None:
    text = clean(text)
    if len(text) > _LONGEST_TEXT:
        what = f"The {argument.name} of `{command.name}` has {len(text)} characters; at most {_LONGEST_TEXT} are kept."
        raise UsageError(what, "Say it shorter.")
    if argument.required and not text:
        raise UsageError(f"`{command.name}` needs {argument.name.upper()}: {argument.help}.", _usage(command))
    return text or None


def _check_version(command: Command, words: Sequence[str]) -> None:
    """In `deploy v1.2.0; rm -rf /` the version is the mistake to tell, not the option that click meets first."""
    if any(argument.kind is Kind.VERSION for argument in command.arguments):
        first = next((word for word in words if not word.startswith("-")), None)
        if first is not None:
            parse_version(clean(first))


def _parameter(argument: Argument) -> click.Parameter:
    if argument.kind is Kind.FLAG:
        return click.Option([argument.flag], is_flag=True, default=False)
    # click takes default=None for a default, and would then ask for nothing that is required
    given: dict[str, Any] = {} if argument.default is None else {"default": argument.default}
    if argument.option:
        return click.Option([argument.flag], type=_Value(argument), required=argument.required, **given)
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
            what = f"`{command.name}` has no option “{shown(error.option_name)}”.{hint}"
        case click.BadParameter(param=click.Parameter(name=name)):
            what = f"{str(name).upper()} of `{command.name}`: {error.message}."
        case _:
            what = f"`{command.name}`: {error.message.rstrip('.')}."
    return UsageError(what, _usage(command))


def _usage(command: Command) -> str:
    line = usage(command)
    return f"Usage: `{line}`" + (f", for example `{command.example}`." if command.example != line else ".")
