"""A Docker Engine that answers: the one that is there, or Debian's own, installed and started here."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import docker
import docker.errors
import requests

from .errors import WorldError
from .machine import Say, can_install, install_packages, run

SOCKET = Path("/var/run/docker.sock")
SYSTEMD = Path("/run/systemd/system")  # exists where systemd runs
LOG = Path("/var/log/dockerd.log")
PROGRAMS = {"dockerd": "docker.io", "iptables": "iptables"}  # what must be on the PATH, and the package that brings it
PID_FILES = {  # left by an engine that was killed; each keeps a new one from starting while some other process has its number
    Path("/var/run/docker.pid"): "dockerd",
    Path("/var/run/docker/containerd/containerd.pid"): "containerd",
}
# The engine starts itself anew, as a process of its own, for much of what it does to a container: nearly all that such a process
# does is to set itself up, and with Go's usual limit of 4 MB it collects garbage meanwhile. Starting, using and removing a
# container took a sixth less CPU with this, and the engine 50 MB more memory.
ENVIRONMENT = {"GOGC": "1000"}
START_TIMEOUT_S = 60.0
PING_TIMEOUT_S = 5
POLL_S = 0.2


def ensure_engine(say: Say) -> None:
    """Return when a Docker Engine answers at the SDK's default address. Raises WorldError when none can be had."""
    if engine_answers():
        return
    if address := os.environ.get("DOCKER_HOST"):
        raise WorldError(f"No Docker Engine answers at DOCKER_HOST={address}. Start it there, or unset DOCKER_HOST.")
    if SOCKET.exists() and not os.access(SOCKET, os.R_OK | os.W_OK):
        raise WorldError(f"{SOCKET} belongs to a Docker Engine you may not use. Join the group docker, or become root.")
    if not can_install():
        raise WorldError(
            "No Docker Engine answers, and one can be started here only as root on Debian. Start one, or become root."
        )
    missing = [package for program, package in PROGRAMS.items() if shutil.which(program) is None]
    if missing:
        say(f"installing {', '.join(missing)} (about a minute)")
        install_packages(*missing)
    if SYSTEMD.is_dir():
        _start_by_systemd(say)
        return
    alive = [forget_dead(file, program) for file, program in PID_FILES.items()]
    if alive[0]:
        say("waiting for the Docker Engine that is starting")
        wait_until(engine_answers, "dockerd", LOG)
        return
    say(f"starting a Docker Engine (its log: {LOG})")
    start(["dockerd"], LOG, engine_answers)


def engine_answers(address: str | None = None) -> bool:
    """Whether an engine answers a ping: at `address` (such as unix:///run/docker.sock), or where the SDK looks by itself."""
    try:
        client = (
            docker.DockerClient(address, timeout=PING_TIMEOUT_S) if address else docker.from_env(timeout=PING_TIMEOUT_S)
        )
        with closing(client):
            return bool(client.ping())
    except (docker.errors.DockerException, requests.RequestException):
        return False


def start(command: list[str], log: Path, answers: Callable[[], bool]) -> subprocess.Popen[bytes]:
    """Start a daemon that outlives this process, and return once it answers.

    It gets a session of its own and no handle of ours: neither Ctrl-C, nor the end of `make`, nor a reader that waits for
    the end of our output has to do with it. Raises WorldError with its last words when it ends or does not answer in time.
    """
    with log.open("ab") as output:
        daemon = subprocess.Popen(  # noqa: S603 the command is ours
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
            env={**ENVIRONMENT, **os.environ},
        )
    try:
        wait_until(answers, command[0], log, daemon.poll)
    except WorldError:
        daemon.terminate()
        raise
    return daemon


def wait_until(
    answers: Callable[[], bool], name: str, log: Path, ended: Callable[[], int | None] = lambda: None
) -> None:
    """Wait for a daemon. Raises WorldError when it ended (with the exit code `ended` tells) or the time is up."""
    deadline = time.monotonic() + START_TIMEOUT_S
    while not answers():
        code = ended()
        if code is not None:
            raise WorldError(f"{name} ended with exit code {code}. {_last_words(log)}")
        if time.monotonic() > deadline:
            raise WorldError(f"{name} does not answer after {START_TIMEOUT_S:.0f} s. {_last_words(log)}")
        time.sleep(POLL_S)


def forget_dead(pid_file: Path, program: str) -> bool:
    """Whether the process of `pid_file` lives and is `program`; the file of one that does not is removed."""
    try:
        pid = int(pid_file.read_text())
        running = Path(f"/proc/{pid}/comm").read_text().strip()
    except (FileNotFoundError, ValueError):
        running = ""
    if running != program:
        pid_file.unlink(missing_ok=True)
    return running == program


def _start_by_systemd(say: Say) -> None:
    say("starting the Docker Engine (systemctl start docker)")
    done = run(["systemctl", "start", "docker"])
    if done.returncode != 0 or not engine_answers():
        raise WorldError(f"`systemctl start docker` failed: {done.stderr.strip()} See `journalctl -u docker`.")


def _last_words(log: Path) -> str:
    if not log.exists():
        return "It keeps its log elsewhere."
    lines = log.read_text(errors="replace").splitlines()[-8:]
    return f"The end of its log, {log}:\n" + "\n".join(lines)
