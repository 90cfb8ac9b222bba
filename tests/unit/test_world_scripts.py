"""`make install` says what it misses, and does nothing the second time."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FILES = ("requirements-dev.lock", "requirements-build.lock", "pyproject.toml")


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A copy of what the script reads, with a .venv whose pip only writes down what it was told."""
    for name in FILES:
        shutil.copy(ROOT / name, tmp_path)
    (tmp_path / "scripts").mkdir()
    shutil.copy(ROOT / "scripts/install", tmp_path / "scripts")
    program(tmp_path / ".venv/bin/python", f'[ "$1" = -c ] || echo "$@" >> {tmp_path}/told')
    return tmp_path


def program(path: Path, line: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{line}\n")
    path.chmod(0o755)


def install(checkout: Path, path: str | None = None) -> tuple[int, list[str]]:
    """Run the script: its exit code and what pip was told this time."""
    told = checkout / "told"
    told.unlink(missing_ok=True)
    environment = os.environ | ({"PATH": path} if path else {})
    done = subprocess.run([checkout / "scripts/install"], env=environment, capture_output=True, text=True, check=False)
    return done.returncode, told.read_text().splitlines() if told.exists() else [done.stderr]


def test_everything_comes_from_the_lock_with_hashes_and_only_once(checkout: Path) -> None:
    code, told = install(checkout)

    assert code == 0
    assert "--require-hashes -r requirements-dev.lock -r requirements-build.lock" in told[0]
    assert "--no-deps --no-build-isolation --editable ." in told[1]
    assert install(checkout) == (0, [""])


def test_a_changed_lock_installs_again_and_a_changed_project_only_itself(checkout: Path) -> None:
    install(checkout)

    with (checkout / "pyproject.toml").open("a") as file:
        file.write("# changed\n")
    assert len(install(checkout)[1]) == 1
    with (checkout / "requirements-dev.lock").open("a") as file:
        file.write("# changed\n")
    assert len(install(checkout)[1]) == 2


def test_an_install_that_failed_is_tried_again(checkout: Path) -> None:
    program(checkout / ".venv/bin/python", '[ "$1" = -c ] || exit 9')
    assert install(checkout)[0] == 9

    program(checkout / ".venv/bin/python", f'[ "$1" = -c ] || echo "$@" >> {checkout}/told')
    assert len(install(checkout)[1]) == 2


def test_an_old_python_is_named(checkout: Path) -> None:
    program(checkout / "old/python3", '[ "$1" = --version ] && echo Python 3.9.2; exit 1')

    code, told = install(checkout, f"{checkout}/old:{os.environ['PATH']}")

    assert code == 1
    assert "Python 3.11 or newer is needed" in told[0]
    assert "3.9.2" in told[0]


def test_the_gate_fails_when_a_step_fails(tmp_path: Path) -> None:
    program(tmp_path / "make", f'echo "$@" >> {tmp_path}/told; [ "$1" != lint ]')
    environment = os.environ | {"PATH": f"{tmp_path}:{os.environ['PATH']}"}

    done = subprocess.run(["bash", ROOT / ".ci/run"], env=environment, check=False)

    assert done.returncode != 0
    assert (tmp_path / "told").read_text() == "lint\n"
