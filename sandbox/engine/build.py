"""Building images from a recipe, and not building them again while nothing in the recipe has changed.

The engine's own builder is used through the SDK, in its old form: Debian's engine comes without BuildKit's front end, so no
`RUN --mount` and no `# syntax=` line anywhere.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import tarfile
from dataclasses import dataclass, field
from pathlib import Path

import docker
import docker.errors
from docker.models.images import Image

from .errors import WorldError

FINGERPRINT = "com.myfinance.sandbox.fingerprint"  # label: a hash of everything the image was made of
STAGE = "com.myfinance.stage=build"  # label of the first stage of the bot's Dockerfile


@dataclass(frozen=True)
class Recipe:
    """`files` (path in the build context to content) hold a Dockerfile; `arguments` its build arguments, BASE among them."""

    repository: str
    files: dict[str, bytes]
    arguments: dict[str, str]
    more_tags: tuple[str, ...] = ()  # names of the image besides the one `build` is told
    helpers: dict[str, bytes] = field(default_factory=dict)  # help the build and leave no trace: not in the fingerprint

    def fingerprint(self, client: docker.DockerClient) -> str:
        """A hash of the files, the arguments and the very image it is built on."""
        digest = hashlib.sha256((client.images.get(self.arguments["BASE"]).id or "").encode())
        for name, value in sorted(self.arguments.items()):
            digest.update(f"\0{name}={value}".encode())
        for path, content in sorted(self.files.items()):
            digest.update(f"\0{path}\0{len(content)}\0".encode() + content)
        return digest.hexdigest()


def read_files(root: Path, *patterns: str) -> dict[str, bytes]:
    """The files under `root` that match, by their path in it. Caches of Python's are left out."""
    found = sorted({path for pattern in patterns for path in root.glob(pattern) if path.is_file()})
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in found if "__pycache__" not in path.parts}


def existing(client: docker.DockerClient, recipe: Recipe) -> str | None:
    """The reference of an image already made from just this recipe; of several, not one of the names it has besides."""
    label = f"{FINGERPRINT}={recipe.fingerprint(client)}"
    for image in client.images.list(name=recipe.repository, filters={"label": label}):
        if all(f"{recipe.repository}:{tag}" in image.tags for tag in recipe.more_tags):
            for reference in map(str, image.tags):
                repository, _, tag = reference.rpartition(":")
                if repository == recipe.repository and tag not in recipe.more_tags:
                    return reference
    return None


def build(client: docker.DockerClient, recipe: Recipe, tag: str) -> str:
    """Build `recipe`, name it, and remove the image that had the name before if nothing else needs it.

    Raises WorldError with the last lines of the build when it fails.
    """
    reference = f"{recipe.repository}:{tag}"
    before = _image(client, reference)
    try:
        image, _ = client.images.build(
            fileobj=context(recipe.files | recipe.helpers),
            custom_context=True,
            tag=reference,
            buildargs=recipe.arguments,
            labels={FINGERPRINT: recipe.fingerprint(client)},
            rm=True,
            forcerm=True,
        )
    except docker.errors.BuildError as error:
        lines = "".join(str(part.get("stream", "")) for part in error.build_log if isinstance(part, dict)).splitlines()
        last = "\n".join(lines[-15:])
        raise WorldError(f"Building {reference} failed: {error.msg}\nThe last lines of the build:\n{last}") from None
    for name in recipe.more_tags:
        image.tag(recipe.repository, name)
    if before is not None and before.id != image.id:
        _remove_if_nameless(client, before)
    return reference


def _remove_if_nameless(client: docker.DockerClient, image: Image) -> None:
    with contextlib.suppress(docker.errors.APIError):  # a container still uses it, or it is gone already
        image.reload()
        if not image.tags:
            client.images.remove(str(image.id))


def remove_older_stages(client: docker.DockerClient) -> None:
    """Keep only the newest build stage of the Dockerfile: it is the builder's cache, and one for each change adds up."""
    stages = client.images.list(filters={"dangling": True, "label": STAGE})
    for stage in sorted(stages, key=lambda image: str(image.attrs["Created"]))[:-1]:
        with contextlib.suppress(docker.errors.APIError):  # part of a build that runs now
            client.images.remove(str(stage.id))


def _image(client: docker.DockerClient, reference: str) -> Image | None:
    try:
        return client.images.get(reference)
    except docker.errors.ImageNotFound:
        return None


def context(files: dict[str, bytes]) -> io.BytesIO:
    """A build context as the engine takes it: a tar archive. Owners and times are fixed, so the builder's cache holds."""
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w") as tar:
        for path, content in sorted(files.items()):
            entry = tarfile.TarInfo(path)
            entry.size = len(content)
            tar.addfile(entry, io.BytesIO(content))
    archive.seek(0)
    return archive
