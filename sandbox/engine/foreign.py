"""An image for another architecture, to see that it is refused. It holds one file and is made without a registry."""

from __future__ import annotations

from contextlib import closing

import docker

from .build import context

_DOCKERFILE = b'FROM scratch\nCOPY app /app\nCMD ["/app"]\n'


def make_foreign_image(reference: str) -> str:
    """Build `reference` for an architecture that is not the engine's, and return that architecture (arm64 or amd64).

    The caller removes the image.
    """
    with closing(docker.from_env()) as client:
        foreign = "amd64" if client.version()["Arch"] == "arm64" else "arm64"
        files = {"Dockerfile": _DOCKERFILE, "app": b"a program for another machine\n"}
        client.images.build(
            fileobj=context(files), custom_context=True, tag=reference, platform=f"linux/{foreign}", rm=True
        )
        return foreign
