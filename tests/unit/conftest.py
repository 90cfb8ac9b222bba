"""What several files of unit tests share."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.database_files import Worker, WorkerServer, make_database


@pytest.fixture(scope="session")
def worker_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WorkerServer]:
    """The process that starts database workers quickly."""
    with WorkerServer(tmp_path_factory.mktemp("worker-server")) as server:
        yield server


@pytest.fixture
def worker(tmp_path: Path, worker_server: WorkerServer) -> Worker:
    """A database like MyFinance's in WAL mode with 300 payments, an empty backup directory, and the worker for them."""
    return Worker(make_database(tmp_path / "myfinance.db"), tmp_path / "backups", worker_server)
