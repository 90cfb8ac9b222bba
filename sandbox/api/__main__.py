"""Start one release: migrate, serve, and stop cleanly on SIGTERM or SIGINT."""

from __future__ import annotations

import os
import signal
import sqlite3
import sys
import threading

from .books import Books
from .database import Database
from .migrations import migrate
from .releases import release_named
from .routes import Api
from .server import Server
from .settings import Settings

STOP_SIGNALS = (signal.SIGTERM, signal.SIGINT)


def log(line: str) -> None:
    print(line, flush=True)


def main() -> int:
    # While it starts, a stop is an exception: a migration in progress is rolled back, and its lock released.
    for number in STOP_SIGNALS:
        signal.signal(number, lambda *_: sys.exit(1))
    try:
        settings = Settings.from_environment(os.environ)
        release = release_named(settings.release)
        database = Database(settings.database)
        with database.connection() as connection:
            applied = migrate(connection, release.migrations, log, settings.rebuild_pause_s)
    except (ValueError, sqlite3.Error) as error:
        log(f"fatal: {type(error).__name__}: {error}")
        return 1
    # From here on it is waited for: blocked in every thread, it cannot be lost on one that does not look.
    signal.pthread_sigmask(signal.SIG_BLOCK, STOP_SIGNALS)
    server = Server(("", settings.port), Api(settings, Books(database, release), log))
    serving = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.1}, name="serve")
    serving.start()
    log(f"MyFinance {release.name} listens on {server.server_port}, {len(applied)} migration(s) applied")
    signal.sigwait(STOP_SIGNALS)
    log("stopping: finishing the requests in flight")
    server.stop()
    database.close()
    log("stopped")
    return 0


sys.exit(main())
