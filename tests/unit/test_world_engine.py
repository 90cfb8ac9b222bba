"""Starting an engine, in pieces: what is decided when none answers, and what becomes of a daemon that is started.

That an engine answers in the end is what `make test` shows wherever none ran before; here the daemon is a few lines of shell.
"""

from __future__ import annotations

import os
import subprocess
import time
from contextlib import suppress
from pathlib import Path

import pytest

from sandbox.engine import daemon
from sandbox.engine.errors import WorldError


@pytest.fixture
def nothing_answers(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(daemon, "engine_answers", lambda: False)
    monkeypatch.setattr(daemon, "SOCKET", tmp_path / "docker.sock")
    monkeypatch.setattr(daemon, "PID_FILES", {tmp_path / "docker.pid": "dockerd"})
    monkeypatch.setattr(daemon, "LOG", tmp_path / "dockerd.log")
    monkeypatch.delenv("DOCKER_HOST", raising=False)


@pytest.mark.usefixtures("nothing_answers")
def test_an_engine_that_was_named_is_not_replaced_by_another(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", "tcp://127.0.0.1:1")

    with pytest.raises(WorldError, match=r"DOCKER_HOST=tcp://127\.0\.0\.1:1"):
        daemon.ensure_engine(print)


@pytest.mark.usefixtures("nothing_answers")
def test_without_the_right_to_start_one_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(daemon, "can_install", lambda: False)

    with pytest.raises(WorldError, match="only as root on Debian"):
        daemon.ensure_engine(print)


@pytest.mark.usefixtures("nothing_answers")
def test_what_is_missing_is_installed_and_then_it_is_started(monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[str] = []
    monkeypatch.setattr(daemon, "can_install", lambda: True)
    monkeypatch.setattr(daemon, "PROGRAMS", {"no-such-program": "its-package", "sh": "dash"})
    monkeypatch.setattr(daemon, "install_packages", lambda *names: done.extend(names))
    monkeypatch.setattr(daemon, "SYSTEMD", Path("/nonexistent"))
    monkeypatch.setattr(daemon, "start", lambda command, _log, _answers: done.extend(command))

    daemon.ensure_engine(lambda _: None)

    assert done == ["its-package", "dockerd"]


@pytest.mark.usefixtures("nothing_answers")
def test_one_that_is_starting_is_waited_for(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    starting = subprocess.Popen(["sleep", "60"])
    while (
        Path(f"/proc/{starting.pid}/comm").read_text().strip() != "sleep"
    ):  # a moment ago it was a copy of this process
        time.sleep(0.001)
    (tmp_path / "docker.pid").write_text(str(starting.pid))
    answers = iter([False, False, True])
    monkeypatch.setattr(daemon, "engine_answers", lambda: next(answers))
    monkeypatch.setattr(daemon, "can_install", lambda: True)
    monkeypatch.setattr(daemon, "PROGRAMS", {})
    monkeypatch.setattr(daemon, "SYSTEMD", Path("/nonexistent"))
    monkeypatch.setattr(daemon, "PID_FILES", {tmp_path / "docker.pid": "sleep"})
    said: list[str] = []
    try:
        daemon.ensure_engine(said.append)
    finally:
        starting.kill()
        starting.wait()

    assert said == ["waiting for the Docker Engine that is starting"]


def test_a_pid_file_counts_only_while_its_process_is_that_program(tmp_path: Path) -> None:
    file = tmp_path / "some.pid"
    ours = Path("/proc/self/comm").read_text().strip()

    file.write_text(str(os.getpid()))
    assert daemon.forget_dead(file, ours)
    assert file.exists()
    assert not daemon.forget_dead(file, "dockerd")
    assert not file.exists()
    assert not daemon.forget_dead(file, "dockerd"), "no file, no process"


def test_a_daemon_gets_a_session_of_its_own(tmp_path: Path) -> None:
    ready = tmp_path / "ready"

    started = daemon.start(["sh", "-c", f"touch {ready}; exec sleep 60"], tmp_path / "log", ready.exists)

    try:
        assert os.getsid(started.pid) == started.pid != os.getsid(0)
        assert os.readlink(f"/proc/{started.pid}/fd/1") == str(tmp_path / "log")
    finally:
        started.kill()
        started.wait()


def test_the_last_words_of_a_daemon_that_ends_are_told(tmp_path: Path) -> None:
    with pytest.raises(WorldError, match=r"(?s)exit code 3.*no room on the disk"):
        daemon.start(["sh", "-c", "echo no room on the disk; exit 3"], tmp_path / "log", lambda: False)


def test_a_daemon_that_never_answers_is_not_left_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(daemon, "START_TIMEOUT_S", 0.3)
    pid = tmp_path / "pid"

    with pytest.raises(WorldError, match="does not answer"):
        daemon.start(["sh", "-c", f"echo $$ > {pid}; exec sleep 60"], tmp_path / "log", lambda: False)

    with suppress(ChildProcessError):  # it was ended and even collected, when Python's own clean-up was quicker
        os.waitpid(int(pid.read_text()), 0)  # returns: it was ended
