"""`myfinance serve`: the bot as a process."""

from __future__ import annotations

import asyncio
import signal

from bot.groups import SlackGroups
from bot.preflight import require_settings
from bot.service import Bot
from bot.settings import Loaded
from bot.slack_app import slack_client
from ops.build import operations


async def serve(loaded: Loaded) -> int:
    """Serve until SIGTERM or SIGINT; returns the exit code 0.

    Raises:
        ConfigError: a setting is missing or cannot be read; the message names its key.
        Failed: Slack refuses a token or the channel; the message says which.
    """
    config = loaded.config
    require_settings(config.slack)
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    async with slack_client(config.slack) as client, operations(config, groups=SlackGroups(client)) as door:
        await Bot(config, client, door, door.ledger, sources=loaded.sources).run(stop)
    return 0
