"""Releases: the versions that can be deployed. Prune: removing the ones nobody will go back to."""

from __future__ import annotations

import re
from datetime import datetime

from ops.engine import labels, registry
from ops.engine.docker import Conflict, Image
from ops.engine.drill_room import left_over_rooms, remove_room
from ops.engine.world import Live
from ops.errors import Failed, OpsError
from ops.events import Step
from ops.model import Colour
from ops.results import Changed, Releases, Tag
from ops.runbooks.context import Context
from ops.runbooks.look import role_of
from ops.spelling import counted

FIND = Step("find", "Find what nobody needs any more")
CONTAINERS = Step("containers", "Remove left-over containers")
IMAGES = Step("images", "Remove old images")


async def releases(context: Context) -> Releases:
    """`releases`: local tags and, where one is configured, the registry's; newest first."""
    world, config = context.world, context.config
    carried = await _carried(context)
    local = {tag.version: tag for image in await world.docker.images(config.app.image) for tag in _tags(context, image)}
    problem = None
    if config.registry.url:
        try:
            for version in await registry.tags(config):
                local.setdefault(version, Tag(version, None, None, local=False))
        except Failed as error:
            problem = error.what
    rows = [_with_role(tag, carried) for tag in local.values()]
    return Releases(tuple(sorted(rows, key=lambda tag: version_order(tag.version), reverse=True)), problem)


def version_order(version: str) -> tuple[tuple[int, int, str], ...]:
    """A key that sorts v1.10.0 after v1.9.0: runs of digits count as numbers."""
    parts = re.split(r"(\d+)", version)
    return tuple((1, int(part), "") if part.isdigit() else (0, 0, part) for part in parts)


def _tags(context: Context, image: Image) -> list[Tag]:
    prefix = f"{context.config.app.image}:"
    made = datetime.fromisoformat(image.created) if image.created and not image.created.isdigit() else None
    if image.created.isdigit():
        made = datetime.fromtimestamp(int(image.created)).astimezone()
    names = [tag.removeprefix(prefix) for tag in image.tags if tag.startswith(prefix)]
    return [Tag(name, made, image.bytes, local=True) for name in names]


async def _carried(context: Context) -> dict[str, str]:
    """Version → role, for what the two colours carry."""
    try:
        live: Live | None = await context.world.live()
    except OpsError:
        live = None
    roles = {}
    for colour in Colour:
        state = live.states[colour] if live else await context.world.stacks.state(colour)
        if state.release:
            roles[state.release.version] = role_of(state, live)
    return roles


def _with_role(tag: Tag, carried: dict[str, str]) -> Tag:
    role = carried.get(tag.version)
    return Tag(tag.version, tag.created, tag.bytes, tag.local, live=role == "live", standby=role == "standby")


class Prune:
    """One prune. Best effort: what cannot be removed is told and left."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._run, self._world, self._config = context.run, context.world, context.config
        self._kept: set[str] = set()
        self._old: list[tuple[str, Image]] = []
        self._left: list[str] = []

    async def run(self) -> Changed:
        """Find, then remove left-over workers and old images."""
        await self._run.begin("Prune", (FIND, CONTAINERS, IMAGES))
        await self.find()
        workers = await self.containers()
        images = await self.images()
        left = f" Left alone: {'; '.join(self._left)}." if self._left else ""
        done = f"Removed {counted(images, 'image tag')} and {counted(workers, 'left-over container')}."
        summary = (done if images or workers else "There was nothing to remove.") + left
        return Changed(summary, await self._world.live_sentence())

    async def find(self) -> None:
        """Old is what is neither live, nor the standby, nor what either would go back to, nor among the newest few."""
        async with self._run.step(FIND) as step:
            for colour in Colour:
                state = await self._world.stacks.state(colour)
                self._kept |= {release.image_id for release in (state.release, state.previous) if release}
            images = await self._world.docker.images(self._config.app.image)
            tagged = [(tag.version, image) for image in images for tag in _tags(self._context, image)]
            tagged.sort(key=lambda pair: version_order(pair[0]), reverse=True)
            keep = self._config.prune.keep_images
            self._old = [(version, image) for version, image in tagged[keep:] if image.id not in self._kept]
            step.detail = (
                f"{counted(len(tagged), 'image tag')}, {len(self._old)} of them old (the newest {keep} are kept)"
            )

    async def containers(self) -> int:
        """Database workers and drills that a killed run left behind (a worker that runs belongs to somebody). Returns how many were removed."""
        async with self._run.step(CONTAINERS) as step:
            removed = 0
            for name in await self._world.docker.containers(labels.owned(self._config, "worker")):
                found = await self._world.docker.container(name)
                if found is not None and found.state != "running":
                    await self._world.docker.remove(name)
                    removed += 1
            for room in await left_over_rooms(self._world.docker, self._config, self._context.living.ids()):
                await remove_room(self._world.docker, self._config, room)
                removed += 1
            step.detail = f"{removed} removed"
            return removed

    async def images(self) -> int:
        """The old images. Returns how many tags were removed."""
        async with self._run.step(IMAGES) as step:
            removed = 0
            for version, _ in self._old:
                await step.progress(version, 100 * removed / len(self._old))
                try:
                    await self._world.docker.remove_image(f"{self._config.app.image}:{version}")
                    removed += 1
                except Conflict as error:
                    self._left.append(f"{version} ({error.what})")
            step.detail = f"{removed} removed"
            return removed


async def prune(context: Context) -> Changed:
    """`prune`."""
    return await Prune(context).run()
