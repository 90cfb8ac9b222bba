"""From a version to the image that a run holds on to: the local tag first, then the registry."""

from __future__ import annotations

import asyncio

from ops.engine.docker import Docker, Image, NotFound
from ops.engine.world import World
from ops.errors import EngineDown, Failed
from ops.model import Release
from ops.run import StepScope

# `docker info` says the kernel's name for the architecture, an image the Go name.
_GO_NAMES = {"x86_64": "amd64", "aarch64": "arm64", "armv7l": "arm", "i686": "386"}


async def resolve(world: World, version: str, scope: StepScope) -> Release:
    """The release behind a version, pulled when it is not on this machine.

    Raises:
        Failed: there is no such image anywhere, or it is for another architecture.
    """
    repository = world.config.app.image
    try:
        image = await world.docker.image(f"{repository}:{version}")
        scope.detail = f"on this machine: {_short(image)}"
    except NotFound:
        await scope.progress("not on this machine; asking the registry")
        image = await _pull(world, version, scope)
        scope.detail = f"pulled: {_short(image)}"
    await _check_architecture(world.docker, image, version)
    digest = next((d.partition("@")[2] for d in image.digests if d.startswith(f"{repository}@")), None)
    return Release(version, image.id, digest)


async def _pull(world: World, version: str, scope: StepScope) -> Image:
    docker, repository, registry = world.docker, world.config.app.image, world.config.registry
    credentials = (registry.username, registry.password.get_secret_value()) if registry.username else None
    loop, last = asyncio.get_running_loop(), -1

    def progress(note: str, percent: float | None) -> None:
        nonlocal last
        if percent is not None and int(percent) // 5 != last:  # from a thread, and a pull tells hundreds of lines
            last = int(percent) // 5
            asyncio.run_coroutine_threadsafe(scope.progress(note, percent), loop)

    try:
        await docker.pull(repository, version, progress, credentials)
        return await docker.image(f"{repository}:{version}")
    except EngineDown:
        raise
    except Failed as error:
        raise Failed(
            f"There is no image {repository}:{version}: not on this machine, and the registry does not give it "
            f"({error.what.rstrip('.')}).",
            "Ask `releases` for the versions that exist, or build or push this one.",
        ) from error


async def _check_architecture(docker: Docker, image: Image, version: str) -> None:
    info = await docker.info()
    host = _GO_NAMES.get(info["Architecture"], info["Architecture"])
    if (image.os, image.architecture) != (info["OSType"], host):
        raise Failed(
            f"The image of {version} is for {image.os}/{image.architecture}, this host is {info['OSType']}/{host}.",
            "Build the release for this host's architecture and deploy it again.",
        )


def _short(image: Image) -> str:
    return f"image {image.id.removeprefix('sha256:')[:12]}"
