"""Releases in a registry: listed, pulled with their digest, with a name and password where it wants them."""

from __future__ import annotations

import asyncio
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from ops.aio import until
from ops.engine.ask import NoAnswer, ask
from ops.events import StepDone, StepProgress
from sandbox.engine import Images
from sandbox.engine.machine import ensure_registry
from tests.house import moved_in
from tests.place import Place, free_ports

NAME, PASSWORD = "olga", "correct horse"
# The hash of PASSWORD, as `htpasswd -nbB olga "correct horse"` writes it.
HTPASSWD = "olga:$2b$05$KYqzOgnYk09G3zFBoXBcFOD1T9vEcrszLbaDAepWmiI78wzjqCUm.\n"


@dataclass(frozen=True)
class Registry:
    """A registry on loopback, which the engine trusts without TLS."""

    host: str

    @property
    def repository(self) -> str:
        """The application's repository in it."""
        return f"{self.host}/money/server"


@pytest.fixture(scope="module")
def storage(images: Images, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A registry's files, with two sample releases: pushed once, because packing them takes longer than the tests."""
    folder = tmp_path_factory.mktemp("registry")

    async def fill() -> None:
        async with a_registry(folder, folder) as registry:
            await push(images, registry, "v1.0.0", "v1.1.0")

    asyncio.run(fill())
    return folder


@asynccontextmanager
async def a_registry(folder: Path, storage: Path, *, htpasswd: str = "") -> AsyncIterator[Registry]:
    """Debian's own registry on these files; what it is told is in `folder`."""
    program = await asyncio.to_thread(ensure_registry, lambda _: None)
    (port,) = free_ports(1)
    settings = (
        f"version: 0.1\nstorage: {{filesystem: {{rootdirectory: {storage}/data}}}}\nhttp: {{addr: 127.0.0.1:{port}}}\n"
    )
    if htpasswd:
        (folder / "htpasswd").write_text(htpasswd)
        settings += f"auth: {{htpasswd: {{realm: money, path: {folder}/htpasswd}}}}\n"
    (folder / "registry.yml").write_text(settings)
    with (folder / "registry.log").open("w") as log:
        process = await asyncio.create_subprocess_exec(
            program, "serve", str(folder / "registry.yml"), stdout=log, stderr=log
        )
        try:
            assert await until(lambda: _answers(port), seconds=10, every=0.05), (folder / "registry.log").read_text()
            yield Registry(f"127.0.0.1:{port}")
        finally:
            process.terminate()
            await process.wait()


async def _answers(port: int) -> int | None:
    try:
        return (await ask(f"http://127.0.0.1:{port}/v2/", seconds=1)).status
    except NoAnswer:
        return None


async def push(images: Images, registry: Registry, *versions: str) -> None:
    """Sample releases, there and no longer here under that name."""
    for version in versions:
        tag = f"{registry.repository}:{version}"
        await docker("tag", images.releases[version], tag)
        await docker("push", tag)
        await docker("rmi", tag)


async def docker(*words: str) -> None:
    await asyncio.to_thread(subprocess.run, ["docker", *words], check=True, capture_output=True)


async def test_releases_of_a_registry_are_listed_pulled_and_held_by_their_digest(
    place: Place, storage: Path, tmp_path: Path
) -> None:
    async with a_registry(tmp_path, storage) as registry:
        sections = {"app": {"image": registry.repository}, "registry": {"url": f"http://{registry.host}"}}
        async with moved_in(place, tmp_path / "state", **sections) as house:
            await house.furnish()
            listed = (await house.say("releases")).outcome.result
            assert listed is not None
            assert [(tag["version"], tag["local"]) for tag in listed.as_json()["tags"]] == [
                ("v1.1.0", False),
                ("v1.0.0", False),
            ]

            said = await house.say("deploy v1.1.0")
            assert said.ok, said.text
            (pulled,) = (event for event in said.events if isinstance(event, StepDone) and event.step == "pull")
            assert "pulled" in pulled.detail
            assert any(isinstance(event, StepProgress) and event.step == "pull" for event in said.events)
            live = (await house.world.live()).state
            assert live is not None
            assert live.release is not None
            assert (live.release.digest or "").startswith("sha256:")

            unknown = await house.say("deploy v9.9.9")
            assert unknown.outcome.exit_code == 1
            assert "v9.9.9" in unknown.text
            assert await house.release() == "v1.1.0"
            await house.furnish()
        await docker("rmi", f"{registry.repository}:v1.1.0")


async def test_a_registry_that_is_gone_is_told_beside_the_local_tags(place: Place, tmp_path: Path) -> None:
    (port,) = free_ports(1)
    async with moved_in(place, tmp_path / "state", registry={"url": f"http://127.0.0.1:{port}"}) as house:
        await house.furnish()
        listed = (await house.say("releases")).outcome.result

    assert listed is not None
    shown = listed.as_json()
    assert "v1.1.0" in [tag["version"] for tag in shown["tags"]]
    assert "does not answer" in shown["problem"]


@pytest.mark.parametrize(("password", "good"), [(PASSWORD, True), ("wrong", False)])
async def test_a_registry_that_wants_a_password(
    place: Place, storage: Path, tmp_path: Path, password: str, good: bool
) -> None:
    async with a_registry(tmp_path, storage, htpasswd=HTPASSWD) as registry:
        sections = {
            "app": {"image": registry.repository},
            "registry": {"url": f"http://{registry.host}", "username": NAME, "password": password},
        }
        async with moved_in(place, tmp_path / "state", **sections) as house:
            await house.furnish()
            listed = (await house.say("releases")).outcome.result
            said = await house.say("deploy v1.0.0")
            assert said.ok is good, said.text
            assert listed is not None
            assert ("HTTP 401" in (listed.as_json()["problem"] or "")) is not good
            if good:
                await docker("rmi", f"{registry.repository}:v1.0.0")
