"""docs/commands.md, written from the table of commands: `python -m bot.reference` writes it, `--check` compares it."""

from __future__ import annotations

import sys
from pathlib import Path

from ops.commands import COMMANDS, Command
from ops.model import Door
from ops.parser import spelled, usage

PAGE = Path(__file__).resolve().parents[1] / "docs" / "commands.md"

_HEAD = """\
# Commands

The same words in Slack (`/myfinance deploy v1.2.0`) and in a terminal (`myfinance deploy v1.2.0`).
This page is written from the table of commands (`python -m bot.reference`); do not edit it by hand.

Exit codes in a terminal: 0 done · 1 failed, and the message says what is live now · 2 usage · 3 refused (role, lock, freeze).
`--json` prints one JSON object a line: events, then `{"result": …}`. `--config FILE` names the configuration. `--yes` answers the
question of a command that must be confirmed.

A terminal also has `serve` (run the bot) and `config` (the settings in effect, secrets masked, and where each came from).

| command | who | what |
|---|---|---|
"""


def page() -> str:
    """The whole page."""
    rows = "".join(
        f"| `{_in_a_table(usage(command))}` | {command.role} | {command.summary} |\n" for command in COMMANDS
    )
    return _HEAD + rows + "\n" + "\n".join(_details(command) for command in COMMANDS)


def _in_a_table(text: str) -> str:
    return text.replace("|", "\\|")


def _details(command: Command) -> str:
    lines = [f"## {command.name}", "", command.summary, "", f"For example: `{command.example}`", ""]
    lines += [f"- `{spelled(argument)}`: {argument.help}" for argument in command.arguments]
    facts = []
    if Door.SLACK not in command.doors:
        facts.append("In a terminal only.")
    if command.confirm and command.confirm.flag is None:
        facts.append("Shows first what it would do, and asks for the database's name.")
    elif command.confirm:
        flag = next(spelled(one).strip("[]") for one in command.arguments if one.name == command.confirm.flag)
        facts.append(f"With `{flag}` it shows first what it would do, and asks for the database's name.")
    if not command.while_frozen:
        facts.append("Refused while releases are frozen.")
    if facts:
        lines += ["", " ".join(facts)] if command.arguments else [" ".join(facts)]
    return "\n".join(lines).rstrip() + "\n"


def main() -> int:
    """Write the page, or with `--check` say whether it is up to date."""
    if "--check" in sys.argv[1:]:
        if PAGE.read_text(encoding="utf-8") == page():
            return 0
        print(f"{PAGE} is not what the table of commands says; write it by: python -m bot.reference", file=sys.stderr)
        return 1
    PAGE.write_text(page(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
