"""A second Docker Engine, beside the one that is there and apart from it, started the way a first one is."""

from __future__ import annotations

import os
from pathlib import Path

from sandbox.engine.daemon import engine_answers, start


def test_an_engine_is_started_and_answers(tmp_path: Path) -> None:
    address = f"unix://{tmp_path}/docker.sock"
    (tmp_path / "daemon.json").write_text("{}")
    command = ["dockerd", "--host", address, "--config-file", str(tmp_path / "daemon.json")]
    command += ["--data-root", str(tmp_path / "data"), "--exec-root", str(tmp_path / "exec")]
    command += ["--pidfile", str(tmp_path / "pid")]
    # It must not touch this machine's network, which belongs to the other engine.
    command += ["--bridge=none", "--iptables=false", "--ip6tables=false", "--ip-forward=false", "--ip-masq=false"]

    assert not engine_answers(address)
    engine = start(command, tmp_path / "log", lambda: engine_answers(address))
    try:
        assert engine_answers(address)
        assert os.getsid(engine.pid) == engine.pid
    finally:
        engine.terminate()
        engine.wait(timeout=30)
    assert not engine_answers(address)
