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


def install_packages(*names: str) -> None:
    """Install Debian packages, quietly. Raises WorldError with apt's last lines when that fails."""
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    # A failing update is not fatal: one broken foreign source fails it, and the lists there may well be enough.
    _run(["apt-get", "update", "-q"], environment)
    command = ["apt-get", "install", "-q", "-y", "--no-install-recommends", *names]
    done = _run(command, environment)
    if done.returncode != 0:
        last = "\n".join((done.stdout + done.stderr).splitlines()[-5:])
        raise WorldError(f"`{' '.join(command)}` failed. Its last lines:\n{last}")


def _run(command: list[str], environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)  # noqa: S603
