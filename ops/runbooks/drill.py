"""Drill: a hash is no test of a recovery. A backup is restored beside the world and its release is started on it."""

from __future__ import annotations

import time
from datetime import UTC, datetime

from ops.database.model import (
    Comparison,
    InspectRequest,
    Manifest,
    Restored,
    RestoreRequest,
    Staged,
    StageRequest,
    Way,
)
from ops.engine.docker import NotFound
from ops.engine.drill_room import DrillRoom, drill_room
from ops.errors import Evidence, Failed
from ops.events import Step
from ops.model import HealthAnswer, Release
from ops.results import DrillDone
from ops.runbooks.backing_up import recorded, row_of
from ops.runbooks.context import Context
from ops.runbooks.proving import EVIDENCE_LINES, good_in_a_row, smoke_problem
from ops.spelling import amount, counted

FIND = Step("find", "Find the backup and its release")
RESTORE = Step("restore", "Restore it on a volume of its own")
START = Step("start", "Start its release on it, away from users")
HEALTH = Step("health", "Ask its health path")
SMOKE = Step("smoke", "Send it the smoke requests")
STEPS = (FIND, RESTORE, START, HEALTH, SMOKE)
_NEXT = (
    "This backup cannot be relied on. Drill an older one (`drill NAME`), and take a new one once the cause is known."
)


class Drill:
    """One drill. `run()` is the runbook."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._run, self._world, self._config = context.run, context.world, context.config
        self._manifest: Manifest
        self._known: str | None
        self._release: Release
        self._room: DrillRoom

    async def run(self) -> DrillDone:
        """Find, restore, start, ask; everything is removed at the end, also on failure.

        Raises:
            Failed: the backup is bad, or its release does not work on it.
        """
        started = time.monotonic()
        await self._run.begin(f"Drill {self._context.arguments['name']}", STEPS)
        await self.find()
        async with drill_room(self._world.docker, self._config, self._release, self._run.id) as self._room:
            staged = await self.restore()
            await self.start()
            answer = await self.health()
            await self.smoke()
        smoked = len(self._config.app.smoke)
        seconds = time.monotonic() - started
        return DrillDone(
            summary=f"{self._manifest.name} was restored beside the world, and {self._release.version} works on it "
            f"({seconds:.0f} s).",
            live=await self._world.live_sentence(),
            backup=row_of(self._manifest, await self._context.ledger.backup_record(self._manifest.name)),
            release=self._release.version,
            seconds=seconds,
            tables=len(staged.facts.tables),
            rows=sum(staged.facts.tables.values()),
            health=str(answer),
            smoke=smoked,
        )

    async def find(self) -> None:
        """The backup by its name, and the image of the release that was live when it was taken."""
        async with self._run.step(FIND) as step:
            answers = await self._world.worker.ask(
                InspectRequest(self._context.arguments["name"]), run_id=self._run.id, tell=step.progress
            )
            self._manifest = answers[Comparison].manifest
            self._known = await recorded(self._context, self._manifest)
            self._release = await self._find_release()
            taken = datetime.fromisoformat(self._manifest.taken_at).astimezone(UTC)
            step.detail = f"{self._manifest.name} of {taken:%Y-%m-%d %H:%M} UTC, {self._release.version}"

    async def _find_release(self) -> Release:
        version, image_id = self._manifest.release, self._manifest.image_id
        if version is None or image_id is None:
            state = (await self._world.live()).state
            if state is None or state.release is None:
                raise Failed(
                    f"{self._manifest.name} names no release, and nothing is live, so there is nothing to start on it.",
                    "Drill a backup that was taken while a release was live: `backups` shows which.",
                )
            await self._run.note(f"{self._manifest.name} names no release; the live one is started on it.", "warning")
            return state.release
        try:
            await self._world.docker.image(image_id)
        except NotFound:
            image = await self._world.docker.image(f"{self._config.app.image}:{version}")
            await self._run.note(
                f"The very image of {version} is gone; the one that has its name now is used.", "warning"
            )
            return Release(version, image.id)
        return Release(version, image_id)

    async def restore(self) -> Staged:
        """Staged, verified and put in place by the very tasks that a restore uses, on a volume of the drill's own."""
        async with self._run.step(RESTORE) as step:
            request = StageRequest(
                self._manifest.name, self._run.id, None, self._known, self._config.backups.deadline_seconds
            )
            async with self._world.worker.on(self._room.name).work(self._run.id) as work:
                staged = (await work.ask(request, tell=step.progress))[Staged]
                put = RestoreRequest(staged.file, Way.REPLACE, self._config.backups.deadline_seconds)
                restored = (await work.ask(put, tell=step.progress))[Restored]
            rows = sum(restored.facts.tables.values())
            step.detail = f"{amount(self._manifest.bytes)}, {counted(len(restored.facts.tables), 'table')}, {rows} rows"
            return staged

    async def start(self) -> None:
        """On an internal network, with the environment it has in production and no way to anybody else."""
        async with self._run.step(START) as step:
            await self._room.start()
            step.detail = f"{self._release.version} runs in {self._room.name}"

    async def health(self) -> HealthAnswer:
        """As many good answers in a row as a deploy asks for."""
        rules = self._config.deploy

        async def ask() -> HealthAnswer:
            if ended := await self._room.ended():
                raise await self._bad(f"{self._release.version} does not run on it: {ended}", None)
            return await self._room.health()

        async with self._run.step(HEALTH) as step:
            answer, problem = await good_in_a_row(ask, rules, rules.health_successes, step)
            if problem is not None:
                within = f"within {rules.health_deadline_seconds:g} s"
                raise await self._bad(
                    f"{self._release.version} did not become healthy on it {within}: {problem}", answer
                )
            step.detail = str(answer)
            return answer

    async def smoke(self) -> None:
        """The requests a deploy would send."""
        async with self._run.step(SMOKE) as step:
            url = await self._room.url()
            for request in self._config.app.smoke:
                if problem := await smoke_problem(self._config, url, request):
                    raise await self._bad(
                        f"{self._release.version} failed its smoke request {request.method} {request.path} on it: {problem}",
                        None,
                    )
            count = len(self._config.app.smoke)
            step.detail = f"{counted(count, 'request')} answered as expected" if count else "none configured"

    async def _bad(self, what: str, answer: HealthAnswer | None) -> Failed:
        lines = await self._room.logs(EVIDENCE_LINES)
        evidence = Evidence(lines, str(answer) if answer else None)
        return Failed(f"The drill of {self._manifest.name} failed: {what}.", _NEXT, evidence=evidence)


async def drill(context: Context) -> DrillDone:
    """`drill [NAME]`."""
    return await Drill(context).run()
