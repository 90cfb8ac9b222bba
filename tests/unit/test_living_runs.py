"""Which runs are alive: told by the kernel, so that a killed one is never taken for one that works on."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from ops.living_runs import LivingRuns

_LIVE_ON = """
import sys; from pathlib import Path; from ops.living_runs import LivingRuns
with LivingRuns(Path(sys.argv[1])).one("20261124-020000-dead"):
    print("alive", flush=True); sys.stdin.read()
"""


def test_a_run_is_alive_until_it_ends(tmp_path: Path) -> None:
    runs = LivingRuns(tmp_path)
    assert runs.ids() == frozenset()
    with runs.one("a"), LivingRuns(tmp_path).one("b"):
        assert runs.ids() == {"a", "b"}
    assert runs.ids() == frozenset()


def test_one_of_another_process_is_alive_until_that_is_killed(tmp_path: Path) -> None:
    runs = LivingRuns(tmp_path)
    pipe = subprocess.PIPE
    with subprocess.Popen([sys.executable, "-c", _LIVE_ON, str(tmp_path)], stdin=pipe, stdout=pipe) as process:
        assert process.stdout is not None
        process.stdout.readline()
        assert runs.ids() == {"20261124-020000-dead"}
        process.kill()
        process.wait()
    assert runs.ids() == frozenset()
    assert list((tmp_path / "living").iterdir()) == []


def test_on_a_broken_disk_a_run_goes_on(tmp_path: Path) -> None:
    (tmp_path / "living").write_text("not a folder")
    with LivingRuns(tmp_path).one("a"):
        assert LivingRuns(tmp_path).ids() == frozenset()
