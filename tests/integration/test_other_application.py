"""An application that is not ours is released by configuration alone: nginx, which knows no version and has no database."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import closing
from pathlib import Path

import docker
import pytest
import pytest_asyncio

from ops.model import Colour
from ops.results import Releases
from sandbox.engine import Images
from sandbox.engine.build import Recipe, build
from tests.house import House, moved_in
from tests.place import Place

REPOSITORY = "myfinance-test-page"
RELEASES = ("2026.1", "2026.2")


@pytest.fixture(scope="module")
def pages(images: Images) -> Iterator[str]:
    """Two releases of somebody's static page: nginx's own image, each with another page on it."""
    dockerfile = b"ARG BASE\nFROM ${BASE}\nARG PAGE\nRUN sed -i s/.nginx_version/page-$PAGE/ /etc/nginx/nginx.conf\n"
    with closing(docker.from_env()) as client:
        made = [
            build(client, Recipe(REPOSITORY, {"Dockerfile": dockerfile}, {"BASE": images.nginx, "PAGE": tag}), tag)
            for tag in RELEASES
        ]
        yield REPOSITORY
        for reference in made:
            client.images.remove(reference)


@pytest_asyncio.fixture
async def house(place: Place, pages: str, tmp_path: Path) -> AsyncIterator[House]:
    """A house for that page; all it is told about it stands here."""
    app = {
        "image": pages,
        "port": 80,
        "health_path": "/",
        "version_key": "",
        "environment": {},
        "data_path": "/srv/data",
        "smoke": [{"path": "/any/page"}],
    }
    async with moved_in(place, tmp_path / "state", app=app) as made:
        await made.furnish()
        yield made
        await made.furnish()


async def page(house: House) -> str:
    """What users read."""
    return (await house.get("/")).body.strip().removeprefix("nginx page-")


async def test_it_is_deployed_twice_and_rolled_back(house: House) -> None:
    for version in RELEASES:
        said = await house.say(f"deploy {version}")
        assert said.ok, said.text
        assert await page(house) == version

    status = await house.status()
    assert status.live is Colour.GREEN
    assert status.colours[Colour.GREEN].healthy is True
    assert status.database is not None
    assert status.database.bytes is None

    said = await house.say("rollback")
    assert said.ok, said.text
    assert await page(house) == RELEASES[0]


async def test_its_versions_are_listed_and_an_unknown_one_is_refused(house: House) -> None:
    await house.furnish(RELEASES[0])

    listed = (await house.say("releases")).outcome.result
    assert isinstance(listed, Releases)
    assert [tag.version for tag in listed.tags] == list(reversed(RELEASES))

    said = await house.say("deploy 2027.1")
    assert said.outcome.exit_code == 1
    assert f"There is no image {REPOSITORY}:2027.1" in said.text
    assert await page(house) == RELEASES[0]
