"""The program, run as its users run it: `myfinance …` as processes of their own."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
from asyncio.subprocess import PIPE, STDOUT, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from sandbox.engine.errors import WorldError

MYFINANCE = Path(sys.executable).parent / "myfinance"
SECONDS_TO_END = 90  # a run in progress is brought to a safe end first
LAST_LINES = 15


@dataclass(frozen=True)
class Program:
    """`myfinance --config TOML …`. The numbers of its processes are kept in a file, for a start after a crash."""

    toml: Path

    @property
    def log(self) -> Path:
        """What `serve` writes."""
        return self.toml.with_name("bot.log")

    async def run(self, *words: str, **variables: str) -> None:
        """Run one command to its end. Raises WorldError with its output when it fails."""
        async with self._started(words, PIPE, variables) as process:
            output, _ = await process.communicate()
        if process.returncode != 0:
            raise WorldError(f"`myfinance {' '.join(words)}` failed:\n{output.decode(errors='replace')}")

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[Process]:
        """`myfinance serve`, told to end and waited for at the end."""
        with self.log.open("wb") as log:
            async with self._started(("serve",), log, {}) as process:
                yield process

    def last_words(self) -> str:
        """The end of the bot's log."""
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-LAST_LINES:])

    @asynccontextmanager
    async def _started(
        self, words: tuple[str, ...], output: int | IO[bytes], variables: dict[str, str]
    ) -> AsyncIterator[Process]:
        # A session of its own: Ctrl-C is for the demo, which ends its processes in order.
        command = (str(MYFINANCE), "--config", str(self.toml), *words)
        process = await asyncio.create_subprocess_exec(
            *command, env=_environment(variables), stdout=output, stderr=STDOUT, start_new_session=True
        )
        with _pids(self.toml).open("a") as file:
            file.write(f"{process.pid}\n")
        try:
            yield process
        finally:
            await _end(process)


def _environment(variables: dict[str, str]) -> dict[str, str]:
    """Without what would outrank the demo's file: the shell may be one that works on production."""
    ours = {key: value for key, value in os.environ.items() if not key.startswith(("MYFINANCE_", "SLACK_"))}
    return ours | variables


async def _end(process: Process) -> None:
    if process.returncode is not None:
        return
    with contextlib.suppress(ProcessLookupError):
        process.terminate()
    try:
        await asyncio.wait_for(process.wait(), SECONDS_TO_END)
    except TimeoutError:
        process.kill()
        await process.wait()


def kill_left_overs(toml: Path) -> None:
    """Kill processes that a demo which was killed itself has left: a bot among them would answer in the new workspace."""
    pids = _pids(toml)
    for pid in pids.read_text().split() if pids.exists() else []:
        if str(toml) in _command_line(int(pid)):  # the number may be another program's by now
            with contextlib.suppress(ProcessLookupError):
                os.kill(int(pid), signal.SIGKILL)
    pids.unlink(missing_ok=True)


def _command_line(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    except OSError:
        return ""


def _pids(toml: Path) -> Path:
    return toml.with_name("pids")
