"""The machine under the engine: what is installed on it, and who we are on it."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable

from .errors import WorldError

Say = Callable[[str], None]


def can_install() -> bool:
    """Whether Debian packages can be installed here: as root, with apt."""
    return os.geteuid() == 0 and shutil.which("apt-get") is not None


def run(command: list[str]) -> subprocess.CompletedProcess[str]:
    """Run a command to its end, unattended, with its output kept."""
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    return subprocess.run(  # noqa: S603 lists of our own words, never a shell
        command, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )


def install_packages(*names: str) -> None:
    """Install Debian packages, quietly. Raises WorldError with apt's last lines when that fails."""
    # A failing update is not fatal: one broken foreign source fails it, and the lists there may well be enough.
    run(["apt-get", "update", "-q"])
    command = ["apt-get", "install", "-q", "-y", "--no-install-recommends", *names]
    done = run(command)
    if done.returncode != 0:
        last = "\n".join((done.stdout + done.stderr).splitlines()[-5:])
        raise WorldError(f"`{' '.join(command)}` failed. Its last lines:\n{last}")


def ensure_browser(say: Say) -> None:
    """Chromium, for the test that uses the page as a person does; with fonts, so that its screenshots can be read."""
    if shutil.which("chromium") is not None:
        return
    if not can_install():
        raise WorldError("The browser test needs chromium, which is installed here only as root on Debian. Install it.")
    say("installing chromium (about a minute)")
    install_packages("chromium", "fonts-dejavu-core", "fonts-noto-color-emoji")


def ensure_registry(say: Say) -> str:
    """Debian's own image registry, for the test that releases an image this machine has not: the path of its program."""
    found = shutil.which("docker-registry")
    if found is None:
        if not can_install():
            raise WorldError(
                "The registry test needs docker-registry, installed here only as root on Debian. Install it."
            )
        say("installing docker-registry")
        install_packages("docker-registry")
        found = shutil.which("docker-registry")
    assert found is not None
    return found
