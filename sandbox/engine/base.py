"""The images everything else is built on: the official ones where a registry answers, else one made of Debian's packages."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import docker
import docker.errors
import requests

from .errors import WorldError
from .machine import Say, can_install, install_packages, run

OFFICIAL_PYTHON = "python:3.14-slim"
OFFICIAL_NGINX = "nginx:1.30"
LOCAL_BASE = "myfinance-base:forky"
SUITE = "forky"  # the first Debian suite with nginx >= 1.28, which the switch needs
# debootstrap knows a new suite only by a script of its name; an older debootstrap has none for forky, and sid's serves all.
SUITE_SCRIPT = "sid"
PACKAGES = ("ca-certificates", "nginx-light", "python3", "python3-venv")
# Of no use in a container, and a third of the size.
LEFT_OUT = (
    "./var/cache/apt/*",
    "./var/lib/apt/lists/*",
    "./usr/share/doc/*",
    "./usr/share/man/*",
    "./usr/share/locale/*",
)
REGISTRY_TIMEOUT_S = 5
IMPORT_TIMEOUT_S = 600


@dataclass(frozen=True)
class Bases:
    """Two references to build on, which are the same image where it was made here."""

    python: str
    nginx: str


def ensure_bases(client: docker.DockerClient, say: Say) -> Bases:
    """Find or make the base images. Raises WorldError when there is neither a registry nor a way to make one."""
    if _has(client, LOCAL_BASE):
        return Bases(LOCAL_BASE, LOCAL_BASE)
    if _has(client, OFFICIAL_PYTHON) and _has(client, OFFICIAL_NGINX):
        return Bases(OFFICIAL_PYTHON, OFFICIAL_NGINX)
    if _registry_answers() and _pull(client, say):
        return Bases(OFFICIAL_PYTHON, OFFICIAL_NGINX)
    _make_local_base(client, say)
    return Bases(LOCAL_BASE, LOCAL_BASE)


def _pull(client: docker.DockerClient, say: Say) -> bool:
    """Pull the official images; False when the registry that answered does not give them after all (limits, a proxy)."""
    for reference in (OFFICIAL_PYTHON, OFFICIAL_NGINX):
        say(f"pulling {reference}")
        try:
            client.images.pull(reference)
        except docker.errors.APIError as error:
            say(f"could not pull {reference}: {error.explanation or error}")
            return False
    return True


def _has(client: docker.DockerClient, reference: str) -> bool:
    try:
        client.images.get(reference)
    except docker.errors.ImageNotFound:
        return False
    return True


def _registry_answers() -> bool:
    """Whether the engine itself (it is the one that pulls) gets an answer about an official image, in a few seconds."""
    with closing(docker.from_env(timeout=REGISTRY_TIMEOUT_S)) as asking:
        try:
            asking.images.get_registry_data(OFFICIAL_NGINX)
        except (docker.errors.APIError, requests.RequestException):
            return False
        return True


def _make_local_base(client: docker.DockerClient, say: Say) -> None:
    if not can_install():
        raise WorldError(
            "No image registry answers, and a base image can be made here only as root on Debian. "
            "Run this as root, or give the engine a way to a registry."
        )
    if shutil.which("debootstrap") is None:
        say("installing debootstrap")
        install_packages("debootstrap")
    say(f"making the base image {LOCAL_BASE} from Debian's packages (about 40 s)")
    build = Path("build")
    build.mkdir(exist_ok=True)
    scratch = Path(tempfile.mkdtemp(prefix="base-", dir=build))
    try:
        _debootstrap(scratch / "root")
        _import(client, scratch / "root")
    finally:
        shutil.rmtree(scratch)


def _debootstrap(root: Path) -> None:
    log = root.parent / "debootstrap.log"
    command = ["debootstrap", "--variant=minbase", f"--include={','.join(PACKAGES)}", SUITE, str(root.resolve())]
    command += [_debian_mirror(), SUITE_SCRIPT]
    with log.open("wb") as output:
        done = subprocess.run(command, stdout=output, stderr=subprocess.STDOUT, check=False)  # noqa: S603
    if done.returncode != 0:
        last = "\n".join(log.read_text(errors="replace").splitlines()[-5:])
        raise WorldError(f"debootstrap of {SUITE} failed. Its last lines:\n{last}")


def _debian_mirror() -> str:
    """The mirror this machine's apt uses, so that the image comes from where the machine came from."""
    command = ["apt-get", "indextargets", "--format", "$(REPO_URI)", "Created-By: Packages", "Origin: Debian"]
    found = run(command).stdout.split()
    if not found:
        raise WorldError(
            "apt has no Debian mirror configured, so no base image can be made. See /etc/apt/sources.list."
        )
    return found[0]


def _import(client: docker.DockerClient, root: Path) -> None:
    command = ["tar", "--create", "--numeric-owner", *(f"--exclude={path}" for path in LEFT_OUT), "."]
    name, tag = LOCAL_BASE.split(":")
    changes = ["ENV LANG=C.UTF-8", 'CMD ["bash"]']
    with (
        closing(docker.from_env(timeout=IMPORT_TIMEOUT_S)) as patient,
        subprocess.Popen(command, cwd=root, stdout=subprocess.PIPE) as archive,  # noqa: S603
    ):
        answer = patient.api.import_image(src=archive.stdout, repository=name, tag=tag, changes=changes)
    if archive.returncode != 0 or not _has(client, LOCAL_BASE):
        raise WorldError(
            f"Importing {LOCAL_BASE} failed (tar: exit code {archive.returncode}; engine: {answer[-300:]!r})."
        )
