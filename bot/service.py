"""The bot in service: its tasks, its schedule, its connection to Slack, and how all of them end."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from typing import Protocol

import structlog
from slack_sdk.web.async_client import AsyncWebClient

from bot.alerts import Alerts
from bot.clock import Clock
from bot.http_server import HttpServer
from bot.preflight import Preflight, Unreachable
from bot.recovery import recover
from bot.reports import HealthReports, Looker
from bot.schedule import build_schedule
from bot.slack_app import Identity, build_app
from bot.sockets import Patience, Sockets
from bot.tasks import TaskRegistry
from handlers import features
from handlers.announce import Announcer
from handlers.dedup import Dedup
from handlers.deps import Deps, Door
from handlers.job_reports import JobReports
from handlers.outbox import Outbox
from handlers.shelf import Shelf
from ops.config import Config
from ops.jobs import jobs_of
from ops.ledger import Ledger

log = structlog.get_logger(__name__)

# A run that was told to stop has taken its own time by then; this is for last messages, which may meet a rate limit.
DRAIN_SECONDS = 15.0
_FIRST_PAUSE, _LONGEST_PAUSE = 1.0, 30.0


class Operations(Door, Looker, Protocol):
    """The operations door, as far as the bot needs it."""

    async def shutdown(self, reason: str) -> None:
        """Ask what runs in this process to stop or finish, and wait for it."""
        ...


class Bot:
    """Everything that runs while the bot serves. `run` is its whole life."""

    def __init__(
        self,
        config: Config,
        client: AsyncWebClient,
        door: Operations,
        ledger: Ledger,
        *,
        sources: Mapping[str, str] | None = None,
        patience: Patience | None = None,
    ) -> None:
        self._config = config
        self._preflight = Preflight(client, config.slack, sources or {})
        self._door = door
        self._ledger = ledger
        self._patience = patience or Patience()
        self.tasks = TaskRegistry()
        self._in_order = asyncio.Event()
        outbox = Outbox(client)
        self._announcer = Announcer(outbox, config.slack.channel, self.tasks)
        self._identity = Identity(config.slack.bot_token.get_secret_value())
        self._app = build_app(config.slack, client, self._identity)
        shelf = Shelf(ledger)
        job_reports = JobReports(door, shelf, self._announcer)
        features.register(self._app, Deps(config, door, outbox, self.tasks, Dedup(ledger), shelf, job_reports))
        self.reports = HealthReports(
            door,
            self._announcer.announce,
            every_seconds=config.reports.watch_seconds,
            lasting=config.reports.lasting,
        )
        self.alerts = Alerts(
            door,
            ledger,
            shelf,
            self._announcer.announce,
            config.backups,
            every_seconds=config.reports.watch_seconds,
        )
        works = {"health-report": self.reports.report, "ledger-backup": self._back_up_ledger}
        self.clock = Clock(
            jobs_of(config),
            door,
            ledger,
            job_reports.tell,
            works,
            config.project.state_dir,
            closing=lambda: self.tasks.closing,
        )

    async def run(self, stop: asyncio.Event) -> None:
        """Serve until `stop`, then end in order: no new commands, the run, the last messages, the sockets.

        Raises:
            ConfigError: the schedule in the configuration cannot be read.
            Failed: Slack refuses a token or the channel, at the start or once it can be reached.
        """
        scheduler = build_schedule(jobs_of(self._config), self.clock.run, self.tasks)
        reached = await self._meet_slack()
        scheduler.start()
        self.tasks.start(self._put_in_order(), "recovery")
        # Tasks of their own: a gather that is cancelled is done with the first of them, and nobody waits for the other.
        watching = [asyncio.create_task(look) for look in (self.reports.watch(), self._watch_for_alerts())]
        connection = asyncio.create_task(self._stay_connected(reached))
        stopping = asyncio.create_task(stop.wait())
        try:
            await asyncio.wait({stopping, connection}, return_when=asyncio.FIRST_COMPLETED)
            if connection.done():
                connection.result()  # it only ends by raising
        finally:
            log.info("the bot is shutting down")
            scheduler.shutdown(wait=False)
            for watch in watching:
                watch.cancel()
            self.tasks.close()  # from here a command is answered with "shutting down"
            await self._door.shutdown("the bot is shutting down")
            await self.tasks.drain(DRAIN_SECONDS)
            for task in (connection, stopping):
                task.cancel()
            await asyncio.gather(*watching, connection, stopping, return_exceptions=True)

    async def _meet_slack(self) -> bool:
        """True when Slack knows us, False when it cannot be reached. Raises Failed when it refuses us."""
        try:
            self._identity.learn(await self._preflight.ask())
        except Unreachable as error:
            log.warning("Slack cannot be reached; the bot goes on and connects later", error=str(error))
            return False
        return True

    async def _stay_connected(self, reached: bool) -> None:
        """Take commands, as soon as Slack can be reached and for as long as the bot serves."""
        pause = _FIRST_PAUSE
        while not reached:
            await asyncio.sleep(pause)
            pause = min(pause * 2, _LONGEST_PAUSE)
            reached = await self._meet_slack()
        async with self._way_in():
            log.info("the bot takes commands", mode=self._config.slack.mode, channel=self._config.slack.channel)
            await asyncio.Event().wait()

    def _way_in(self) -> AbstractAsyncContextManager[object]:
        slack = self._config.slack
        if slack.mode == "http":
            return HttpServer(self._app, slack)
        return Sockets(self._app, slack.app_token.get_secret_value(), slack.sockets, self._patience)

    async def _put_in_order(self) -> None:
        """What was interrupted first, then what was missed: a backup that was due is not an alert before it was tried."""
        try:
            await recover(self._door, self._ledger, self._announcer)
            await self.clock.make_up()
        finally:
            self._in_order.set()

    async def _watch_for_alerts(self) -> None:
        await self._in_order.wait()
        await self.alerts.watch()

    async def _back_up_ledger(self) -> None:
        await self._ledger.backup()
