"""The demo and the tests run beside a production-named world on the same engine, and do not touch it."""

from __future__ import annotations

import json
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest_asyncio

from ops.config import Config
from ops.engine import labels
from ops.model import Actor, Colour, Door
from sandbox.engine import Images
from tests.house import House, a_house

PRODUCTION = Config()  # its defaults are production's names
WORKER = f"{PRODUCTION.project.name}-worker-dead"  # what prune looks for, were it ours
CONTAINERS = (*(PRODUCTION.container(colour) for colour in Colour), PRODUCTION.proxy_container, WORKER)
ROLES = dict(zip(CONTAINERS, ("colour", "colour", "proxy", "worker"), strict=True))
VOLUMES = (PRODUCTION.database.volume, PRODUCTION.proxy_volume)
ROOT = Actor("root", "root", Door.TERMINAL)


def docker(*words: str) -> str:
    """The command line, as an administrator of production types it."""
    return subprocess.run(["docker", *words], capture_output=True, text=True, check=True).stdout.strip()


def there(kind: str, name: str) -> Any:
    """What the engine knows of a thing; None when there is none."""
    found = subprocess.run(["docker", kind, "inspect", name], capture_output=True, text=True, check=False)
    return json.loads(found.stdout)[0] if found.returncode == 0 else None


def things() -> dict[str, Any]:
    """Production as it is: what would change if somebody stopped, started, recreated or relabelled any part of it."""
    seen: dict[str, Any] = {}
    for name in CONTAINERS:
        if container := there("container", name):
            state = {key: container["State"][key] for key in ("Status", "StartedAt", "FinishedAt", "Pid")}
            seen[name] = (container["Id"], state, container["RestartCount"], container["Config"]["Labels"])
    for name in VOLUMES:
        if volume := there("volume", name):
            seen[name] = (volume["CreatedAt"], volume["Labels"])
    if network := there("network", PRODUCTION.project.network):
        seen[PRODUCTION.project.network] = (network["Id"], network["Labels"], sorted(network["Containers"]))
    return seen


@contextmanager
def production(image: str) -> Iterator[None]:
    """A production-named world. On a machine that has one it is used as it is; only what is made here is removed again."""
    if things():
        yield
        return
    network, owned = PRODUCTION.project.network, f"{labels.PROJECT}={PRODUCTION.project.name}"
    made = []
    try:
        made.append(("network", docker("network", "create", "--label", owned, network)))
        for volume in VOLUMES:
            made.append(("volume", docker("volume", "create", "--label", owned, volume)))
        for name, role in ROLES.items():
            words = ["--label", owned, "--label", f"{labels.ROLE}={role}", "--network", network]
            words += ["-v", f"{PRODUCTION.database.volume}:/data", "--entrypoint", "sleep", image, "3600"]
            made.append(("container", docker("create", "--name", name, *words)))
            if name != WORKER:
                docker("start", name)
        yield
    finally:
        for kind, name in reversed(made):
            docker(kind, "rm", *(["-f"] if kind == "container" else []), name)


@pytest_asyncio.fixture
async def neighbours(images: Images) -> AsyncIterator[dict[str, Any]]:
    """Production, and how it looked before anything was done beside it."""
    with production(images.nginx):
        yield things()


async def test_a_world_beside_production_leaves_no_trace_in_it(
    images: Images, neighbours: dict[str, Any], tmp_path: Path
) -> None:
    assert neighbours

    async with a_house(images, tmp_path / "state") as house:
        for line in ("deploy v1.1.0", "deploy v1.2.0", "rollback", "maintenance on", "maintenance off"):
            said = await house.say(line)
            assert said.ok, said.text
        await _leave_a_worker(house)
        for line in ("prune", "up --recreate", "recover"):
            said = await house.say(line, ROOT)
            assert said.ok, said.text
        assert things() == neighbours
        name = house.config.project.name

    assert things() == neighbours
    assert name not in docker("ps", "-a", "--format", "{{.Names}}")


async def _leave_a_worker(house: House) -> None:
    """A left-over of this house's own, so that prune has something to do beside production's containers."""
    name, image = f"{house.config.project.name}-worker-dead", house.config.database.worker_image
    owned = [f"--label={key}={value}" for key, value in labels.owned(house.config, "worker").items()]
    docker("create", "--name", name, *owned, image)
