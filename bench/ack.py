"""From a slash command to its ack, 50 at once, against a bare Bolt app in the same run; and the bot at rest."""

from __future__ import annotations

import asyncio
import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.figure import Figure, percentile
from bench.program import PROGRAM, resident_mb, running
from sandbox.slack import SlackSandbox

AT_ONCE, ROUNDS, TURNS = 50, 4, 3
BAR_MS, RATIO = 300.0, 1.5
REST_MB, REST_SECONDS = 120.0, 5.0
USER, CHANNEL = "U0OLGA", "C0OPS"


async def ack(toml: Path) -> list[Figure]:
    """The bot and the bare app, each as a process of its own, in the same sandbox; in turns, so that what else the machine
    does meets both."""
    async with SlackSandbox() as slack:
        variables = {
            "SLACK_API_URL": slack.api_url,
            "SLACK_BOT_TOKEN": slack.bot_token,
            "SLACK_APP_TOKEN": slack.app_token,
            "MYFINANCE_SLACK__CHANNEL": CHANNEL,
            "MYFINANCE_LOGS__LEVEL": "error",
        }
        ours: list[float] = []
        bare: list[float] = []
        for _ in range(TURNS):
            async with running(sys.executable, "-m", "bench.bare_bolt", **variables):
                bare += await _acks(slack, answers=False)
            await slack.wait_for(lambda workspace: workspace.sockets == 0)
            async with running(*PROGRAM, "--config", toml, "serve", **variables) as bot:
                await slack.wait_until_connected(2)
                await asyncio.sleep(REST_SECONDS)  # at rest is what it is when nothing has happened for a while
                resting = resident_mb(bot.pid)
                ours += await _acks(slack, answers=True)
                busy = resident_mb(bot.pid)
            await slack.wait_for(lambda workspace: workspace.sockets == 0)
    high, bare_high = percentile(ours, 99), percentile(bare, 99)
    ratio = high / bare_high
    parts = {"p99_ms": high, "bare_p99_ms": bare_high, "ratio": ratio, "p50_ms": percentile(ours, 50)}
    told = f"p99 {high:.0f} ms, {ratio:.2f} × a bare Bolt app ({bare_high:.0f} ms)"
    return [
        Figure(
            f"slash command to ack, {AT_ONCE} at once",
            told,
            f"< {BAR_MS:g} ms, ≤ {RATIO} ×",
            high < BAR_MS and ratio <= RATIO,
            parts,
        ),
        Figure(
            "the bot at rest",
            f"{resting:.0f} MB ({busy:.0f} MB after {AT_ONCE * (ROUNDS + 1)} commands)",
            f"< {REST_MB:g} MB",
            resting < REST_MB,
            {"resting_mb": resting, "after_mb": busy},
        ),
    ]


async def _acks(slack: SlackSandbox, *, answers: bool) -> list[float]:
    """Milliseconds of every ack; the first round only warms up. A burst comes when the one before has its `answers`."""
    await slack.wait_until_connected(2)
    taken: list[float] = []
    before = len(slack.ephemerals(USER, CHANNEL))
    for number in range(ROUNDS + 1):
        with _no_collection():
            outcomes = await asyncio.gather(*(slack.say(USER, CHANNEL, "/myfinance status") for _ in range(AT_ONCE)))
        for outcome in outcomes:
            assert outcome.ok, outcome.error
            assert outcome.ack_ms is not None
        if number:
            taken += [outcome.ack_ms for outcome in outcomes if outcome.ack_ms is not None]
        if answers:
            await _answered(slack, before + AT_ONCE * (number + 1))
    return taken


@contextmanager
def _no_collection() -> Iterator[None]:
    """Slack's side of it runs in this process: its garbage collection (50 ms) must not be taken for the bot's time."""
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


async def _answered(slack: SlackSandbox, count: int) -> None:
    await slack.wait_for(lambda workspace: len(workspace.ephemerals(USER, CHANNEL)) >= count, timeout=60)
