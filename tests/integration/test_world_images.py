"""The images the demo and the tests stand on: made from what is here, and not made again while that has not changed."""

from __future__ import annotations

import json
import secrets
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import docker
import pytest

from sandbox.engine import Images, ensure_images
from sandbox.engine.base import ensure_bases
from sandbox.engine.build import Recipe, build, existing
from sandbox.engine.errors import WorldError
from sandbox.engine.foreign import make_foreign_image
from sandbox.engine.images import NGINX_OLDEST, RELEASES, nginx_version

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def client() -> Iterator[docker.DockerClient]:
    with closing(docker.from_env()) as connected:
        yield connected


@pytest.fixture
def repository(client: docker.DockerClient) -> Iterator[str]:
    """A repository name of the test's own, whose images are removed at the end."""
    name = f"mftest-{secrets.token_hex(3)}"
    yield name
    for image in client.images.list(name=name):
        for reference in image.tags:
            client.images.remove(reference)


def test_what_is_there_is_not_made_again(images: Images) -> None:
    said: list[str] = []

    assert ensure_images(said.append) == images
    assert said == []


def test_each_release_is_an_image_of_its_own_and_not_root(client: docker.DockerClient, images: Images) -> None:
    made = [client.images.get(images.releases[release]) for release in RELEASES]

    assert len({image.id for image in made}) == len(RELEASES)
    for release, image in zip(RELEASES, made, strict=True):
        assert image.attrs["Config"]["User"] == "app"
        assert f"RELEASE={release}" in image.attrs["Config"]["Env"]


def test_nginx_is_new_enough_and_that_is_checked(client: docker.DockerClient, images: Images) -> None:
    version = nginx_version(client, images.nginx)

    assert images.nginx == f"myfinance-nginx:{version}"
    assert tuple(int(part) for part in version.split(".")[:2]) >= NGINX_OLDEST
    assert client.images.get("myfinance-nginx:latest").id == client.images.get(images.nginx).id


def test_an_nginx_that_is_too_old_is_refused(client: docker.DockerClient, images: Images, repository: str) -> None:
    old = (
        b"ARG BASE\nFROM ${BASE}\nRUN printf '#!/bin/sh\\necho nginx version: nginx/1.22.1 >&2' > /usr/local/bin/nginx"
    )
    old += b" && chmod 755 /usr/local/bin/nginx\n"
    reference = build(client, Recipe(repository, {"Dockerfile": old}, {"BASE": images.nginx}), "old")

    with pytest.raises(WorldError, match=r"1\.22\.1.*needs 1\.28"):
        nginx_version(client, reference)


def test_a_changed_input_makes_a_new_image_and_takes_the_old_one_away(
    client: docker.DockerClient, images: Images, repository: str
) -> None:
    def recipe(word: bytes) -> Recipe:
        files = {"Dockerfile": b"ARG BASE\nFROM ${BASE}\nCOPY word /word\n", "word": word}
        return Recipe(repository, files, {"BASE": images.base}, more_tags=("newest",))

    first = client.images.get(build(client, recipe(b"one"), "v1"))
    assert existing(client, recipe(b"one")) == f"{repository}:v1"
    assert existing(client, recipe(b"two")) is None

    second = client.images.get(build(client, recipe(b"two"), "v1"))
    assert existing(client, recipe(b"two")) == f"{repository}:v1"
    assert second.id == client.images.get(f"{repository}:newest").id
    with pytest.raises(docker.errors.ImageNotFound):
        client.images.get(str(first.id))


def test_a_build_that_fails_shows_its_last_lines(client: docker.DockerClient, images: Images, repository: str) -> None:
    broken = b"ARG BASE\nFROM ${BASE}\nRUN echo the cat is on the keyboard && exit 7\n"

    with pytest.raises(WorldError, match=r"(?s)returned a non-zero code: 7.*the cat is on the keyboard"):
        build(client, Recipe(repository, {"Dockerfile": broken}, {"BASE": images.base}), "v1")


def test_an_image_for_another_architecture_can_be_had(client: docker.DockerClient, repository: str) -> None:
    architecture = make_foreign_image(f"{repository}:v1")

    assert client.images.get(f"{repository}:v1").attrs["Architecture"] == architecture
    assert architecture != client.version()["Arch"]


def test_the_base_that_is_there_is_used(client: docker.DockerClient, images: Images) -> None:
    assert ensure_bases(client, pytest.fail).python == images.base


def test_the_bots_image_holds_the_whole_program_and_nothing_of_its_making(
    client: docker.DockerClient, images: Images
) -> None:
    look = """
import importlib.util, json, os, pathlib
home = pathlib.Path(importlib.util.find_spec("ops").origin).parents[1]
files = [p.relative_to(home).as_posix() for name in ("bot", "handlers", "ops") for p in (home / name).rglob("*")
         if p.is_file() and "__pycache__" not in p.parts]
extra = [name for name in ("pytest", "mypy", "ruff", "playwright", "pip", "setuptools") if importlib.util.find_spec(name)]
print(json.dumps({"files": files, "extra": extra, "user": os.getuid()}))
"""
    said = client.containers.run(
        images.ops, ["-c", look], entrypoint="python3", remove=True, network_disabled=True, read_only=True
    )

    found = json.loads(said)
    sources = {
        path.relative_to(ROOT).as_posix()
        for package in ("bot", "handlers", "ops")
        for path in (ROOT / package).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert set(found["files"]) == sources
    assert found["extra"] == []
    assert found["user"] != 0


def test_the_hosts_certificates_stay_in_the_build(client: docker.DockerClient, images: Images) -> None:
    container = client.containers.create(images.ops)
    try:
        with tempfile.TemporaryFile() as file:
            for chunk in container.export():
                file.write(chunk)
            file.seek(0)
            with tarfile.open(fileobj=file) as tar:
                names = tar.getnames()
    finally:
        container.remove()
    assert "opt/myfinance/bin/myfinance" in names
    assert not [name for name in names if name.endswith("host-ca.pem") or name.startswith(("src", "build/", "wheel"))]
    environment = "".join(client.images.get(images.ops).attrs["Config"]["Env"])
    assert "PIP_" not in environment
    assert "proxy" not in environment.lower()
