"""What the slow tests share: the images, made once, and worlds of their own."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio

from sandbox.engine import Images, ensure_images
from tests.awkward import ensure_awkward
from tests.house import House, moved_in
from tests.place import Place, a_place


@pytest.fixture(scope="session")
def images() -> Images:
    """nginx, the sample releases and the bot's own image."""
    return ensure_images()


@pytest.fixture(scope="session")
def awkward(images: Images) -> str:
    """The repository of the releases that misbehave."""
    return ensure_awkward(images)


@pytest.fixture(scope="session")
def place(images: Images) -> Iterator[Place]:
    """Where the tests of this process live, one after the other."""
    with a_place(images) as made:
        yield made


@pytest_asyncio.fixture
async def house(place: Place, tmp_path: Path) -> AsyncIterator[House]:
    """A house of the place; a test says first what stands in it."""
    async with moved_in(place, tmp_path / "state") as made:
        yield made


@pytest_asyncio.fixture
async def quick_house(place: Place, tmp_path: Path) -> AsyncIterator[House]:
    """A house that gives a release three seconds to become healthy, for releases that never do."""
    async with moved_in(place, tmp_path / "state", deploy={"health_deadline_seconds": 3}) as made:
        yield made


@pytest_asyncio.fixture
async def unhurried_house(place: Place, tmp_path: Path) -> AsyncIterator[House]:
    """A house whose smoke request lasts a second: a deploy can be met before its switch, however busy the machine is."""
    async with moved_in(place, tmp_path / "state", app={"smoke": [{"path": "/api/slow?s=1"}]}) as made:
        yield made
