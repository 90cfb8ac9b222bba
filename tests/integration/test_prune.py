"""Prune, on a repository of the test's own: the shared images belong to everybody."""

from __future__ import annotations

import asyncio
import secrets
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from ops.engine.docker import NotFound
from sandbox.engine import Images
from tests.house import House, moved_in
from tests.place import Place


@pytest.fixture
def repository(images: Images) -> str:
    """An image repository with the sample's releases under names of its own."""
    return f"mftest-{secrets.token_hex(3)}-server"


@pytest_asyncio.fixture
async def tidy(images: Images, place: Place, tmp_path: Path, repository: str) -> AsyncIterator[House]:
    """A house that keeps one image besides what it needs; v1.2.0 is live and v1.1.0 stands by."""
    versions = ("v1.0.0", "v1.1.0", "v1.2.0", "v1.6.0")
    tags = [f"{repository}:{version}" for version in versions]
    for version, tag in zip(versions, tags, strict=True):
        await asyncio.to_thread(subprocess.run, ["docker", "tag", images.releases[version], tag], check=True)
    try:
        sections: dict[str, dict[str, Any]] = {"app": {"image": repository}, "prune": {"keep_images": 1}}
        async with moved_in(place, tmp_path / "state", **sections) as made:
            await made.furnish("v1.1.0", "v1.2.0")
            yield made
            await made.furnish()
    finally:
        await asyncio.to_thread(subprocess.run, ["docker", "rmi", *tags], check=False, capture_output=True)


async def test_old_images_go_and_never_the_live_ones_or_the_standbys(tidy: House, repository: str) -> None:
    said = await tidy.say("prune")

    assert said.ok, said.text
    assert "Removed 1 image tag and 0 left-over containers." in said.text
    with pytest.raises(NotFound):
        await tidy.world.docker.image(f"{repository}:v1.0.0")  # old, and nobody goes back to it
    for kept in ("v1.1.0", "v1.2.0", "v1.6.0"):  # standby, live, and the newest one
        assert (await tidy.world.docker.image(f"{repository}:{kept}")).id
    assert (await tidy.say("rollback")).ok


async def test_releases_are_listed_newest_first_with_what_they_are(tidy: House) -> None:
    listed = (await tidy.say("releases")).outcome.result

    assert listed is not None
    rows = [(tag["version"], tag["live"], tag["standby"]) for tag in listed.as_json()["tags"]]
    assert rows == [
        ("v1.6.0", False, False),
        ("v1.2.0", True, False),
        ("v1.1.0", False, True),
        ("v1.0.0", False, False),
    ]
