"""The images of the demo and the tests: nginx, the sample's releases, and the bot's own."""

from __future__ import annotations

import fcntl
import os
import re
import ssl
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import docker

from .base import Bases, ensure_bases
from .build import Recipe, build, existing, read_files, remove_older_stages
from .errors import WorldError
from .machine import Say

ROOT = Path(__file__).resolve().parents[2]
NGINX = "myfinance-nginx"
SERVER = "myfinance-server"
OPS = "myfinance-ops"
OPS_TAG = "dev"
RELEASES = ("v1.0.0", "v1.1.0", "v1.2.0", "v1.3.0", "v1.4.0", "v1.5.0", "v1.6.0", "v2.0.0")
OPS_FILES = (
    "Dockerfile",
    "README.md",
    "pyproject.toml",
    "requirements.lock",
    "requirements-build.lock",
    *(f"{package}/**/*" for package in ("bot", "handlers", "ops")),
)
DEBIAN_CERTIFICATES = "/etc/ssl/certs/ca-certificates.crt"
NGINX_OLDEST = (1, 28)  # keepalive_min_timeout and `server ... resolve`, without which a switch loses requests


@dataclass(frozen=True)
class Images:
    """References, each `repository:tag`. `releases` maps a release such as v1.2.0 to its image."""

    base: str
    nginx: str
    releases: dict[str, str]
    ops: str

    @property
    def names(self) -> tuple[str, ...]:
        """All of them."""
        return (self.base, self.nginx, *self.releases.values(), self.ops)


def ensure_images(say: Say = lambda _: None) -> Images:
    """Make what is missing or out of date; well under a second when nothing is. Safe to call from several processes.

    Raises WorldError when something cannot be made, with the reason.
    """
    with closing(docker.from_env(timeout=600)) as client, one_builder():
        bases = ensure_bases(client, say)
        return Images(
            base=bases.python,
            nginx=_ensure_nginx(client, bases, say),
            releases={release: _ensure_release(client, bases, release, say) for release in RELEASES},
            ops=_ensure_ops(client, bases, say),
        )


@contextmanager
def one_builder() -> Iterator[None]:
    """Inside, no other process of this checkout builds images."""
    path = ROOT / "build" / "images.lock"
    path.parent.mkdir(exist_ok=True)
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _ensure_nginx(client: docker.DockerClient, bases: Bases, say: Say) -> str:
    recipe = Recipe(NGINX, read_files(ROOT / "sandbox/nginx", "*"), {"BASE": bases.nginx}, more_tags=("latest",))
    return existing(client, recipe) or _build(client, recipe, nginx_version(client, bases.nginx), say)


def _ensure_release(client: docker.DockerClient, bases: Bases, release: str, say: Say) -> str:
    files = read_files(ROOT / "sandbox/api", "*.py", "Dockerfile")
    recipe = Recipe(SERVER, files, {"BASE": bases.python, "RELEASE": release})
    return existing(client, recipe) or _build(client, recipe, release, say)


def _ensure_ops(client: docker.DockerClient, bases: Bases, say: Say) -> str:
    files = read_files(ROOT, *OPS_FILES)
    recipe = Recipe(OPS, files, {"BASE": bases.python}, helpers=_host_certificates())
    found = existing(client, recipe)
    if found is not None:
        return found
    reference = _build(client, recipe, OPS_TAG, say)
    remove_older_stages(client)
    return reference


def _host_certificates() -> dict[str, bytes]:
    """What this machine trusts, for pip in the build: behind a company's own authority the base image's list is not enough."""
    for path in (os.environ.get("SSL_CERT_FILE"), ssl.get_default_verify_paths().cafile, DEBIAN_CERTIFICATES):
        if path and Path(path).is_file():
            return {"host-ca.pem": Path(path).read_bytes()}
    return {}


def _build(client: docker.DockerClient, recipe: Recipe, tag: str, say: Say) -> str:
    say(f"building {recipe.repository}:{tag}")
    return build(client, recipe, tag)


def nginx_version(client: docker.DockerClient, reference: str) -> str:
    """Ask the nginx in an image for its version. Raises WorldError when it is older than the switch needs."""
    said = client.containers.run(
        reference, ["-v"], entrypoint="nginx", remove=True, stderr=True, network_disabled=True
    ).decode()
    found = re.search(r"nginx/((\d+)\.(\d+)\.\d+)", said)
    if found is None or (int(found[2]), int(found[3])) < NGINX_OLDEST:
        oldest = ".".join(map(str, NGINX_OLDEST))
        raise WorldError(
            f"The nginx in {reference} says {said.strip()!r}; a switch without lost requests needs {oldest}."
        )
    return found[1]
