"""Restores on real files, with the application as real processes: nothing acknowledged is in neither file, nobody is left on an
old one."""

from __future__ import annotations

import os
import sqlite3
import stat
import tempfile
import threading
from contextlib import closing
from dataclasses import asdict
from pathlib import Path

import pytest

from ops.database import backup, inspect, restore, restore_replace, stage
from ops.database.copy import Deadline
from ops.database.facts import integrity_problem, opened
from ops.database.model import (
    BackupRequest,
    Comparison,
    InspectRequest,
    Manifest,
    Restored,
    RestoreRequest,
    Staged,
    StageRequest,
    Way,
    Why,
)
from ops.database.places import Places
from ops.database.progress import quiet
from ops.errors import Failed
from tests.database_client import Client, connected
from tests.database_files import Worker, WorkerServer, make_database, replay_problem

ROUNDS = 20
OWNER = 1234


@pytest.fixture
def places(tmp_path: Path) -> Places:
    (tmp_path / "volume").mkdir()
    (tmp_path / "backups").mkdir()
    return Places(tmp_path / "volume" / "myfinance.db", tmp_path / "backups")


def take(places: Places, why: Why = Why.MANUAL) -> Manifest:
    return backup.run(BackupRequest("myfinance", why, "run-1", release="v1.0.0"), places, quiet).manifest


def look(places: Places, name: str = "latest") -> Comparison:
    return inspect.run(InspectRequest(name), places, quiet)


def staged(places: Places, name: str, run: str = "run-1") -> Staged:
    mode = look(places, name).live
    return stage.run(StageRequest(name, run, mode.journal_mode if mode else None), places, quiet)


def put(places: Places, copy: Staged, way: Way, seconds: float = 30) -> Restored:
    return restore.run(RestoreRequest(copy.file, way, seconds), places, quiet)


def problem(database: Path, at_least: int = 0) -> str | None:
    """What is wrong with a database as everybody sees it, its WAL included: SQLite's check, then the replay of the log."""
    snapshot = database.parent.parent / "snapshot.db"
    snapshot.unlink(missing_ok=True)
    with opened(database, 5) as connection:
        found = integrity_problem(connection)
        connection.execute("VACUUM INTO ?", (str(snapshot),))
    return found or replay_problem(snapshot, at_least)


def mode_of(database: Path) -> str:
    with opened(database, 5) as connection:
        return str(connection.execute("PRAGMA journal_mode").fetchone()[0])


def payments(database: Path) -> int:
    with opened(database, 5) as connection:
        return int(connection.execute("SELECT count(*) FROM Transactions").fetchone()[0])


def on_the_volume(places: Places) -> set[str]:
    return {file.name for file in places.database.parent.iterdir()}


def test_twenty_restores_into_the_live_database_under_a_reader_and_a_held_writer(
    places: Places, worker_server: WorkerServer
) -> None:
    database = make_database(places.database, payments=200)
    worker, inode = Worker(database, places.backups, worker_server), database.stat().st_ino
    first = take(places)
    with connected(database) as writer, connected(database) as reader:
        for _ in range(ROUNDS):
            writer.tell("pay")
            seen = reader.say("begin")
            acknowledged = writer.say("hold")  # as quiesce does: requests that write are held, the connection stays
            safety = take(places, Why.SAFETY)
            answer = worker.say("restore", file=staged(places, first.name).file, way="live")
            assert answer.code == 0, answer.error
            assert reader.say("count") == seen  # it keeps its snapshot
            assert reader.say("end") == 200  # and its next look is at what was restored
            writer.tell("pay")
            later = writer.say("hold")
            assert later > 200
            assert replay_problem(worker.stored(safety.name), acknowledged) is None
            assert payments(database) == later
            assert problem(database, later) is None
            assert (database.stat().st_ino, mode_of(database)) == (inode, "wal")
    assert on_the_volume(places) == {"myfinance.db"}


@pytest.mark.parametrize("mode", ["wal", "delete"])
def test_twenty_exchanges_after_the_application_stopped_or_was_killed(
    places: Places, worker_server: WorkerServer, mode: str
) -> None:
    database = make_database(places.database, payments=200, mode=mode)
    database.chmod(0o640)
    worker = Worker(database, places.backups, worker_server)
    first = take(places)
    before = database.stat()
    for number in range(ROUNDS // 2):
        application = Client(database)
        application.tell("pay")
        acknowledged = application.say("hold")
        if number % 2:
            application.tell("pay")
            application.kill()  # a hot WAL or a hot journal is left
        else:
            application.stop()
        safety = take(places, Why.SAFETY)
        assert replay_problem(worker.stored(safety.name), acknowledged) is None
        answer = worker.say("restore", file=staged(places, first.name).file, way="replace")
        assert answer.code == 0, answer.error
        assert answer.result["set_aside"] is None
        after = database.stat()
        assert (after.st_uid, after.st_gid, after.st_mode) == (before.st_uid, before.st_gid, before.st_mode)
        assert (mode_of(database), payments(database)) == (mode, 200)
        with connected(database) as again:
            again.tell("pay")
            assert problem(database, again.say("hold")) is None
    assert on_the_volume(places) == {"myfinance.db"}


def test_the_restored_file_belongs_to_the_application_and_not_to_root() -> None:
    with tempfile.TemporaryDirectory() as folder:  # pytest's own are closed to others than root
        root = Path(folder)
        root.chmod(0o755)
        (root / "volume").mkdir()
        database = make_database(root / "volume" / "myfinance.db", payments=50)
        worker = Worker(database, root / "backups")
        database.chmod(0o640)
        for path in (database.parent, database):
            os.chown(path, OWNER, OWNER)
        assert worker.backup().code == 0
        for run, way in (("run-1", "live"), ("run-2", "replace")):
            copy = worker.say("stage", name="latest", run_id=run, journal_mode="wal")
            assert copy.code == 0, copy.error
            done = worker.say("restore", file=copy.result["file"], way=way)
            assert done.code == 0, done.error
            now = database.stat()
            assert (now.st_uid, now.st_gid, stat.S_IMODE(now.st_mode)) == (OWNER, OWNER, 0o640)
            assert [file.name for file in database.parent.iterdir()] == ["myfinance.db"]


def test_the_safety_backup_brings_back_the_state_before(places: Places) -> None:
    database = make_database(places.database, payments=50)
    old = take(places)
    with connected(database) as application:
        application.tell("pay")
        acknowledged = application.say("hold")
        safety = take(places, Why.SAFETY)
        put(places, staged(places, old.name), Way.LIVE)
        assert application.say("count") == 50
        put(places, staged(places, safety.name, "run-2"), Way.LIVE)
        assert application.say("count") == acknowledged
    assert problem(database, acknowledged) is None


def test_a_comparison_says_what_is_lost_and_which_way_it_goes(places: Places) -> None:
    database = make_database(places.database, payments=50)
    then = take(places)
    with closing(sqlite3.connect(database)) as connection:
        connection.executescript(
            "DELETE FROM Transactions WHERE Id > 40; CREATE TABLE Budgets (Id INTEGER PRIMARY KEY);"
            "INSERT INTO __EFMigrationsHistory VALUES ('20260101000000_AddBudgets', '9.0.0')"
        )
    found = look(places)
    assert found.manifest == then
    assert [(one.table, one.now, one.then) for one in found.tables] == [
        ("Budgets", 0, None),
        ("Transactions", 40, 50),
    ]
    assert (found.migrations_lost, found.migrations_back) == (("20260101000000_AddBudgets",), ())
    assert (found.way, found.way_reason) == (Way.REPLACE, "the two do not stand at the same migration")
    assert found.needed_bytes > then.bytes
    assert 0 < found.needed_bytes < found.free_bytes


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ("PRAGMA journal_mode = DELETE", "the database is in delete mode"),
        (
            "PRAGMA journal_mode = DELETE; PRAGMA page_size = 8192; VACUUM; PRAGMA journal_mode = WAL",
            "its pages are 8192",
        ),
        ("INSERT INTO __EFMigrationsHistory VALUES ('20260101000000_More', '9')", "the same migration"),
    ],
)
def test_the_live_way_is_refused_where_it_does_not_fit_and_the_exchange_does_it(
    places: Places, change: str, reason: str
) -> None:
    database = make_database(places.database, payments=50)
    take(places)
    with closing(sqlite3.connect(database, isolation_level=None)) as connection:
        connection.executescript(change)
    mode, copy = mode_of(database), staged(places, "latest")
    assert reason in look(places).way_reason
    with pytest.raises(Failed, match=reason):
        put(places, copy, Way.LIVE)
    done = put(places, copy, Way.REPLACE)
    assert done.facts == copy.facts
    assert mode_of(database) == mode
    assert problem(database, 50) is None


@pytest.mark.parametrize("mode", ["wal", "delete"])
def test_an_exchange_is_refused_while_somebody_is_connected_even_idle(places: Places, mode: str) -> None:
    database = make_database(places.database, payments=50, mode=mode)
    take(places)
    copy = staged(places, "latest")
    with connected(database) as application:
        with pytest.raises(Failed, match=r"Some process still has myfinance\.db open"):
            put(places, copy, Way.REPLACE, seconds=0.3)
        application.tell("pay")
        assert application.say("hold") > 50
        assert mode_of(database) == mode
    assert put(places, copy, Way.REPLACE).facts.tables["Transactions"] == 50


def test_a_short_visitor_is_waited_for(places: Places) -> None:
    database = make_database(places.database, payments=50)
    take(places)
    copy = staged(places, "latest")
    visitor = Client(database)
    threading.Timer(0.5, visitor.stop).start()
    assert put(places, copy, Way.REPLACE).facts.tables["Transactions"] == 50


def test_somebody_who_opens_the_new_file_before_the_old_one_is_closed_keeps_its_wal(
    places: Places, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What restore_replace relies on: SQLite leaves the journal of a file alone that has taken another's place."""
    database = make_database(places.database, payments=50)
    take(places)
    copy = staged(places, "latest")
    rename, came = Path.rename, []

    def renamed(self: Path, target: Path) -> Path:
        done = rename(self, target)
        if self.name == copy.file:
            came.append(Client(database))
            came[0].tell("pay")
            came[0].say("hold")
        return done

    monkeypatch.setattr(Path, "rename", renamed)
    with pytest.raises(Failed, match="is not what was staged"):  # for it has already paid
        put(places, copy, Way.REPLACE)
    came[0].tell("pay")
    acknowledged = came[0].say("hold")
    came[0].kill()
    assert problem(database, acknowledged) is None


def test_nothing_of_the_old_database_is_beside_the_new_one(places: Places) -> None:
    database = make_database(places.database, payments=50)
    take(places)
    copy = staged(places, "latest")
    application = Client(database)
    application.tell("pay")
    application.say("hold")
    application.kill()
    assert on_the_volume(places) == {copy.file, "myfinance.db", "myfinance.db-wal", "myfinance.db-shm"}
    restore_replace.exchange(places.database.with_name(copy.file), database, Deadline(5), quiet)
    assert on_the_volume(places) == {"myfinance.db"}


def test_a_database_locked_for_ever_ends_at_the_deadline(places: Places) -> None:
    database = make_database(places.database, payments=50)
    take(places)
    copy = staged(places, "latest")
    with opened(database, 1) as holder:
        holder.execute("BEGIN IMMEDIATE")
        with pytest.raises(Failed, match=r"kept myfinance\.db locked for all of 0\.5 s\. It is as it was") as error:
            put(places, copy, Way.LIVE, seconds=0.5)
    assert "Look at what holds the database" in error.value.next_step
    assert put(places, copy, Way.LIVE).facts.tables["Transactions"] == 50


def test_a_missing_database_is_made_anew_with_the_mode_it_had(places: Places) -> None:
    database = make_database(places.database, payments=50)
    take(places)
    database.unlink()
    found = look(places)
    assert (found.live, found.way) == (None, Way.REPLACE)
    assert found.live_problem == "There is no file myfinance.db on the volume."
    done = put(places, staged(places, "latest"), Way.REPLACE)
    assert done.set_aside is None
    assert problem(database, 50) is None


@pytest.mark.parametrize("damage", ["random bytes", "a page", "truncated", "empty"])
def test_a_damaged_database_is_set_aside_and_replaced(places: Places, damage: str) -> None:
    database = make_database(places.database, payments=500)
    take(places)
    whole = database.read_bytes()
    torn = {
        "random bytes": os.urandom(len(whole)),
        "a page": whole[:8192] + os.urandom(20_000) + whole[28_192:],
        "truncated": whole[: len(whole) // 2],
        "empty": b"",
    }[damage]
    database.write_bytes(torn)
    found = look(places)
    assert found.way is Way.REPLACE
    done = put(places, staged(places, "latest"), Way.REPLACE)
    assert problem(database, 500) is None
    if damage == "empty":  # SQLite takes an empty file for an empty database
        assert done.set_aside is None
        return
    assert found.live_problem is not None
    assert done.set_aside == "myfinance.damaged-run-1.db"
    assert database.with_name(done.set_aside).read_bytes() == torn


def test_a_row_in_the_migration_lock_is_told_and_never_removed(places: Places) -> None:
    database = make_database(places.database, payments=50)
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("INSERT INTO __EFMigrationsLock VALUES (1, '2026-11-24')")
        connection.commit()
    take(places)
    ours, theirs = look(places).warnings
    assert "The database holds a row in __EFMigrationsLock" in ours
    assert "The backup holds a row in __EFMigrationsLock" in theirs
    assert 'DELETE FROM "__EFMigrationsLock"' in theirs
    assert put(places, staged(places, "latest"), Way.LIVE).facts.migration_lock


def test_a_backup_newer_than_the_database_names_what_the_code_must_know(places: Places) -> None:
    database = make_database(places.database, payments=50)
    with closing(sqlite3.connect(database, isolation_level=None)) as connection:
        connection.execute("INSERT INTO __EFMigrationsHistory VALUES ('20260101000000_AddBudgets', '9')")
        take(places)
        connection.execute("DELETE FROM __EFMigrationsHistory WHERE MigrationId LIKE '2026%'")
    found = look(places)
    assert found.migrations_back == ("20260101000000_AddBudgets",)
    assert "newer than the database" in found.warnings[0]
    assert "Release v1.0.0" in found.warnings[0]


def test_the_answers_travel_as_json(places: Places) -> None:
    make_database(places.database, payments=50)
    worker, made = Worker(places.database, places.backups), take(places)
    answer = worker.say("inspect", name=made.name)
    assert answer.result["manifest"]["sha256"] == made.sha256
    answer = worker.say("stage", name="latest", run_id="run-7", journal_mode="wal", known_sha256=made.manifest_sha256)
    assert answer.result["file"] == ".restore-run-7.db"
    answer = worker.say("restore", **asdict(RestoreRequest(".restore-run-7.db", Way.LIVE)))
    assert answer.result["facts"]["tables"]["Transactions"] == 50
    assert next(line["note"] for line in answer.progress) == "checking the staged copy"
    assert stat.S_IMODE(places.database.stat().st_mode) == 0o644


def test_a_whole_database_without_a_safety_backup_is_set_aside_too(places: Places) -> None:
    make_database(places.database, payments=50)
    name = take(places).name
    with closing(sqlite3.connect(places.database)) as connection:
        connection.execute("DELETE FROM Transactions WHERE Id > 10")
        connection.commit()
    copy = staged(places, name)

    done = restore.run(RestoreRequest(copy.file, Way.REPLACE, 30, keep_old=True), places, quiet)

    assert done.set_aside is not None
    kept = places.database.with_name(done.set_aside)
    count = "SELECT count(*) FROM Transactions"
    with opened(kept, 5) as before, opened(places.database, 5) as now:
        assert (before.execute(count).fetchone()[0], now.execute(count).fetchone()[0]) == (10, 50)
