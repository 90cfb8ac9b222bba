"""What people type, in Slack and in a shell, and what is understood."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ops import parser
from ops.commands import COMMANDS, Argument, Command, Kind
from ops.errors import UsageError
from ops.model import Colour, Role
from ops.parser import parse, split, usage
from ops.spelling import clean


def understood(line: str) -> tuple[str, dict[str, Any]]:
    invocation = parse(split(line))
    return invocation.command.name, dict(invocation.arguments)


def refused(line: str) -> UsageError:
    with pytest.raises(UsageError) as caught:
        parse(split(line))
    return caught.value


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.name)
def test_the_example_of_every_row_is_understood(command: Command) -> None:
    invocation = parse(split(command.example))
    assert invocation.command is command
    assert set(invocation.arguments) == {argument.name for argument in command.arguments}
    assert invocation.text == command.example


@pytest.mark.parametrize(
    ("line", "name", "arguments"),
    [
        ("deploy v1.2.0", "deploy", {"version": "v1.2.0", "hold": False}),
        ("deploy --hold v1.2.0", "deploy", {"version": "v1.2.0", "hold": True}),
        ("deploy v1.2.0 —hold", "deploy", {"version": "v1.2.0", "hold": True}),
        ("deploy v1.2.0 –hold", "deploy", {"version": "v1.2.0", "hold": True}),
        ("deploy\u00a0v1.2.0\u200b", "deploy", {"version": "v1.2.0", "hold": False}),
        ("deploy `v1.2.0`", "deploy", {"version": "v1.2.0", "hold": False}),
        ("Deploy V1.2.0", "deploy", {"version": "V1.2.0", "hold": False}),
        ("deploy <http://v1.2.io|v1.2.io>", "deploy", {"version": "v1.2.io", "hold": False}),
        ("switch", "switch", {"colour": None}),
        ("switch Green", "switch", {"colour": Colour.GREEN}),
        ("logs", "logs", {"source": None, "lines": 30}),
        ("logs --lines=50 proxy", "logs", {"source": "proxy", "lines": 50}),
        ("history", "history", {"count": 10}),
        ("rollback", "rollback", {"reason": None, "backup": None, "with_data": False}),
        ("rollback users can’t pay", "rollback", {"reason": "users can't pay", "backup": None, "with_data": False}),
        ("rollback wrong rows --with-data", "rollback", {"reason": "wrong rows", "backup": None, "with_data": True}),
        ("backup", "backup", {"note": None}),
        ("backup verify all", "backup verify", {"name": "all"}),
        ("drill", "drill", {"name": "latest"}),
        (
            "rollback --with-data --backup myfinance-20261124-020000 wrong rows",
            "rollback",
            {"reason": "wrong rows", "backup": "myfinance-20261124-020000", "with_data": True},
        ),
        ("lock “end of  month” closing", "lock", {"reason": "end of month closing"}),
        ("lock an unbalanced “quote", "lock", {"reason": "an unbalanced quote"}),
        ("lock <@U1|ada> says &lt;no&gt; in <#C1|ops>", "lock", {"reason": "@ada says <no> in #ops"}),
        ("lock mail <mailto:ada@x.io|ada@x.io>", "lock", {"reason": "mail ada@x.io"}),
        ("maintenance on moving — slowly", "maintenance", {"state": "on", "reason": "moving - slowly"}),
        ("", "help", {"command": None}),
        ("deploy --help", "help", {"command": "deploy"}),
    ],
)
def test_what_is_typed_is_understood(line: str, name: str, arguments: dict[str, Any]) -> None:
    assert understood(line) == (name, arguments)


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("deplyo v1.2.0", "Did you mean `deploy`?"),
        ("deploy v1.2.0 --hodl", "no option “--hodl”. Did you mean `--hold`?"),
        ("deploy", "`deploy` needs VERSION"),
        ("deploy --hold", "`deploy` needs VERSION"),
        ("deploy --version", "no option “--version”"),
        ("deploy --hold=yes v1", "--hold"),
        ("deploy v1.2.0; rm -rf /", "“v1.2.0;” is not a valid version"),
        ('deploy "v1.2.0; rm -rf /"', "“v1.2.0; rm -rf /” is not a valid version"),
        ("deploy ../x", "“../x” is not a valid version"),
        ("deploy 🚀", "“🚀” is not a valid version"),
        ("deploy " + "x" * 200, "at most 128 characters"),
        ("deploy v1 v2", "does not take “v2”"),
        ("switch red", "“red” is none of blue, green"),
        ("logs gren", "“gren” is none of blue, green, proxy"),
        ("logs --lines", "--lines"),
        ("logs --lines 501", "501 is not from 1 to 500"),
        ("logs --lines many", "“many” is not a number from 1 to 500"),
        ("history 0", "0 is not from 1 to 50"),
        ("history " + "9" * 5000, "is not a number from 1 to 50"),
        ("history ٣", "is not a number from 1 to 50"),
        ("cancel " + "x" * 101, "one word of at most 100 characters"),
        ("lock", "`lock` needs REASON"),
        ("lock \u200b", "`lock` needs REASON"),
        ("lock " + "very " * 200, "at most 500 are kept"),
        ("maintenance", "`maintenance` needs STATE: on or off"),
        ("rollback --with-everything", "no option “--with-everything”"),
    ],
)
def test_a_mistake_gets_a_sentence_that_names_it(line: str, sentence: str) -> None:
    error = refused(line)
    assert sentence in error.what
    assert len(error.what) < 400
    assert error.next_step
    assert error.exit_code == 2


def test_a_mistake_in_the_arguments_shows_how_the_command_is_typed() -> None:
    assert refused("deploy --hold").next_step == "Usage: `deploy VERSION [--hold]`, for example `deploy v1.2.0`."
    assert "Usage: `deploy VERSION [--hold]`" in refused("deploy ../x").next_step


def test_the_record_spells_a_command_as_the_table_does() -> None:
    """`cancel` and the messages go by it, and phones begin every line with a capital."""
    assert parse(split("Deploy v1.2.0 —hold")).text == "deploy v1.2.0 --hold"


def test_what_is_quoted_back_cannot_move_the_cursor_or_hide() -> None:
    error = refused("\x1b[2J\u202e\u0000quit")
    assert "\x1b" not in error.what
    assert "\u202e" not in error.what


def test_the_longest_name_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    backup = Command(("backup",), Role.OPERATOR, "", "backup")
    verify = Command(("backup", "verify"), Role.OPERATOR, "", "backup verify")
    monkeypatch.setattr(parser, "COMMANDS", (backup, verify))
    monkeypatch.setattr(parser, "_LONGEST_NAME", 2)
    assert parse(["backup"]).command is backup
    assert parse(["Backup", "verify"]).command is verify
    with pytest.raises(UsageError, match="Did you mean `backup verify`"):
        parse(["bakcup", "verfy"])


def test_every_argument_is_spelled_in_the_usage() -> None:
    for command in COMMANDS:
        line = usage(command)
        assert line.startswith(command.name)
        for argument in command.arguments:
            named = argument.choices or (tuple(Colour) if argument.kind is Kind.COLOUR else (argument.name,))
            named = (argument.flag,) if argument.kind is Kind.FLAG else named
            assert all(name.lower() in line.lower() for name in named)


@given(st.text())
def test_no_line_ever_does_worse_than_a_usage_error(line: str) -> None:
    with suppress(UsageError):
        text = parse(split(line)).text
        assert clean(text) == text


@given(st.sampled_from(COMMANDS), st.lists(st.text(max_size=8) | st.sampled_from(["--hold", "--", "--lines", "on"])))
def test_no_arguments_ever_do_worse_than_a_usage_error(command: Command, words: list[str]) -> None:
    with suppress(UsageError):
        text = parse([*command.words, *words]).text
        assert text.startswith((command.name, "help"))


UNDO = Command(
    ("undo",),
    Role.OPERATOR,
    "",
    "undo",
    (
        Argument("with_data", Kind.FLAG, "the data too"),
        Argument("within", Kind.NUMBER, "minutes", option=True, default=5),
        Argument("reason", Kind.TEXT, "why"),
    ),
)


@pytest.mark.parametrize(
    ("line", "with_data", "within", "reason"),
    [
        ("undo --with-data broken build", True, 5, "broken build"),
        ("undo broken build --with-data", True, 5, "broken build"),
        ("undo broken —with-data build", True, 5, "broken build"),
        ("undo broken --within 9 build", False, 9, "broken build"),
        ("undo broken build --within=9 --with-data", True, 9, "broken build"),
        ("undo --with-data", True, 5, None),
        ("undo it has no --mercy", False, 5, "it has no --mercy"),
        ("undo it - has -x", False, 5, "it - has -x"),
        ("undo broken -- --with-data", False, 5, "broken --with-data"),
        ("undo -- --with-data", False, 5, "--with-data"),
        ("undo --with-data -- --within 9", True, 5, "--within 9"),
    ],
)
def test_a_commands_own_flags_count_anywhere_in_a_free_text(
    monkeypatch: pytest.MonkeyPatch, line: str, with_data: bool, within: int, reason: str | None
) -> None:
    monkeypatch.setattr(parser, "COMMANDS", (UNDO,))
    assert understood(line) == ("undo", {"with_data": with_data, "within": within, "reason": reason})


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("undo --with-dta broken", "no option “--with-dta”. Did you mean `--with-data`?"),
        ("undo broken --within", "--within"),
        ("undo broken --within soon", "“soon” is not a number"),
        ("undo broken --with-data=yes", "--with-data"),
    ],
)
def test_a_mistake_in_a_flag_is_told_also_with_a_free_text(
    monkeypatch: pytest.MonkeyPatch, line: str, sentence: str
) -> None:
    monkeypatch.setattr(parser, "COMMANDS", (UNDO,))
    assert sentence in refused(line).what


def test_a_flag_is_spelled_with_dashes() -> None:
    assert usage(UNDO) == "undo [--with-data] [--within NUMBER] [REASON…]"
