"""`myfinance …`: the same words as in Slack, and what only a terminal has (`serve`, `config`)."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import click

from bot.confirmation import require
from bot.json_lines import JsonLines
from bot.settings import Loaded, load
from bot.terminal import Terminal
from ops.commands import COMMANDS, Command, find
from ops.errors import OpsError, Stopped, UsageError
from ops.parser import Invocation, parse, spelled, split, usage
from ops.results import Outcome, Preview

Shown = Terminal | JsonLines
DONE, FAILED = 0, 1


@dataclass(frozen=True)
class Options:
    """What stands on the command line, wherever it stands: options of the program, and the words of the command."""

    words: tuple[str, ...]
    config: Path | None = None
    json: bool = False
    version: bool = False
    help: bool = False
    yes: bool = False


def main(arguments: Sequence[str] | None = None) -> int:
    """The program; returns its exit code: 0 done, 1 failed, 2 usage, 3 refused."""
    typed = list(sys.argv[1:] if arguments is None else arguments)
    shown: Shown = JsonLines(sys.stdout) if "--json" in typed else Terminal(sys.stdout, sys.stderr)
    try:
        return _run(_options(typed), shown)
    except OpsError as error:
        shown.error(error)
        return error.exit_code
    except BrokenPipeError:  # whoever read our output has left
        sys.stdout = open(os.devnull, "w")  # noqa: SIM115 - the interpreter flushes it at the end
        return FAILED
    except KeyboardInterrupt:
        return FAILED
    finally:
        shown.close()


def _options(typed: Sequence[str]) -> Options:
    """Options of the program may stand before, between or after the words; the words' own options are left alone."""
    grammar = click.Command(
        "myfinance",
        params=[
            click.Option(["--config"], type=click.Path(path_type=Path)),
            click.Option(["--json"], is_flag=True),
            click.Option(["--version"], is_flag=True),
            click.Option(["--yes"], is_flag=True),
            click.Option(["--help", "-h"], is_flag=True),
            click.Argument(["words"], nargs=-1, type=click.UNPROCESSED),
        ],
        add_help_option=False,
        context_settings={"ignore_unknown_options": True},
    )
    end = list(typed).index("--") if "--" in typed else len(typed)  # from a lone `--` on, all words are the command's
    try:
        options = Options(**grammar.make_context("myfinance", list(typed[:end])).params)
    except click.UsageError as error:
        raise UsageError(f"{error.message.rstrip('.')}.", "`myfinance --help` lists the options.") from None
    return replace(options, words=(*options.words, *typed[end:]))


def _run(options: Options, shown: Shown) -> int:
    words = options.words
    if options.version and not words:
        from importlib.metadata import version

        print(f"myfinance {version('myfinance-ops')}")
        return DONE
    if (not words and options.help) or (words[:1] == ("help",) and len(words) == 1):
        print(_overview())
        return DONE
    if words[:1] in (("serve",), ("config",)):
        return _only_here(options, shown)
    if options.version:  # `deploy --version`: parse says that this is no version
        words = (*words, "--version")
    invocation = parse((*words, "--help") if options.help else words)
    if options.help:
        command = find(str(invocation.arguments["command"]))
        print(_detail(command))
        return DONE
    loaded = load(options.config, os.environ)
    _log(loaded, quietest="error")
    outcome = asyncio.run(_command(loaded, invocation, shown, confirmed=options.yes))
    if isinstance(preview := outcome.result, Preview):
        shown.outcome(outcome)
        require(preview, asks=isinstance(shown, Terminal))
        outcome = asyncio.run(_command(loaded, parse(split(preview.command)), shown, confirmed=True))
    shown.outcome(outcome)
    return outcome.exit_code


def _only_here(options: Options, shown: Shown) -> int:
    """`serve` and `config`, which no table needs: nobody can say them in Slack."""
    name, *rest = options.words
    if rest:
        raise UsageError(f"`{name}` does not take “{rest[0]}”.", f"Usage: `myfinance {name} [--config FILE]`.")
    if options.help:
        print(_overview())
        return DONE
    loaded = load(options.config, os.environ)
    if name == "serve":
        _log(loaded)
        from bot.serve import serve

        return asyncio.run(serve(loaded))
    from bot import config_view

    if isinstance(shown, JsonLines):
        shown.result(config_view.as_json(loaded))
    else:
        shown.show(config_view.table(loaded))
    return DONE


async def _command(loaded: Loaded, invocation: Invocation, shown: Shown, *, confirmed: bool) -> Outcome:
    from bot.person import at_the_terminal
    from ops.build import operations

    async with operations(loaded.config) as door:
        running = asyncio.ensure_future(door.run(invocation, at_the_terminal(), shown.sink, confirmed=confirmed))

        def stop() -> None:
            shown.stopping()
            running.cancel()

        for number in (signal.SIGINT, signal.SIGTERM):
            with suppress(NotImplementedError):  # on Windows asyncio.run itself turns Ctrl-C into a cancellation
                asyncio.get_running_loop().add_signal_handler(number, stop)
        return await _ended(running, invocation)


async def _ended(running: asyncio.Future[Outcome], invocation: Invocation) -> Outcome:
    try:
        return await running
    except asyncio.CancelledError:  # asked to stop before anything had begun
        stopped = Stopped(f"`{invocation.text}` was stopped before it began.", "Start it again when you are ready.")
        return Outcome("", error=stopped)


def _log(loaded: Loaded, quietest: Literal["error"] | None = None) -> None:
    """The program's own log; a terminal command, whose user reads the run itself, logs mistakes only."""
    from bot import logs

    slack, settings = loaded.config.slack, loaded.config.logs
    others = (loaded.config.registry.password, *loaded.config.backups.mirror_options.values())
    secrets = (slack.bot_token, slack.app_token, slack.signing_secret, *others)
    chosen = settings.model_copy(update={"level": quietest, "format": "text"}) if quietest else settings
    logs.configure(chosen, [secret.get_secret_value() for secret in secrets])


def _detail(command: Command) -> str:
    """One row of the table; unlike `help COMMAND` it asks nobody for a role."""
    width = max((len(spelled(argument)) for argument in command.arguments), default=0)
    listed = [f"  {spelled(argument):<{width}}  {argument.help}" for argument in command.arguments]
    lines = [
        f"Usage: myfinance {usage(command)}",
        "",
        command.summary,
        *listed,
        f"For example: myfinance {command.example}",
    ]
    return "\n".join(lines)


def _overview() -> str:
    """Every command of the table, and what only a terminal has."""
    rows = [(command.example, command.summary) for command in COMMANDS]
    rows += [
        ("serve", "Run the bot."),
        ("config", "Show the settings in effect, secrets masked, and where each came from."),
    ]
    width = max(len(example) for example, _ in rows)
    listed = "\n".join(f"  {example:<{width}}  {summary}" for example, summary in rows)
    return (
        "Usage: myfinance [--config FILE] [--json] [--yes] COMMAND …\n\n"
        f"{listed}\n\n"
        "--yes confirms a restore, a rollback with data or a vacuum without the question. "
        "`myfinance help COMMAND` tells more. Exit codes: 0 done, 1 failed, 2 usage, 3 refused."
    )
