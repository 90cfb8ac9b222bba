"""A backup beside the live database: what a restore would change, which way it would go, what a person should know first."""

from __future__ import annotations

from ops.database.facts import HISTORY, LOCK_TABLE
from ops.database.model import Facts, Manifest, TableChange, Way
from ops.errors import Failed

_UNLOCK = f'DELETE FROM "{LOCK_TABLE}"'  # noqa: S608 words for a person, and a name of ours
_OWN = (HISTORY, LOCK_TABLE)  # told as migrations and as a warning, not as rows


def refuse_foreign(known: Manifest, live: Facts) -> None:
    """Stop when the backup is of another application: nothing in it reminds of the database. An empty database takes any.

    Raises:
        Failed: it is.
    """
    then = known.facts
    ours, theirs = set(live.tables) - set(_OWN), set(then.tables) - set(_OWN)
    reason = None
    if live.application_id and then.application_id and live.application_id != then.application_id:
        reason = f"its application id is {then.application_id}, the database's {live.application_id}"
    elif live.migrations and then.migrations and not set(live.migrations) & set(then.migrations):
        reason = "the two have no migration in common"
    elif ours and theirs and not ours & theirs:
        reason = "the two have no table in common"
    if reason is not None:
        raise Failed(
            f"The backup {known.name} is of another application: {reason}. Nothing was changed.",
            "Check backups.dir and database.file; `backups` lists what is there.",
        )


def choose_way(then: Facts, live: Facts | None, live_problem: str | None) -> tuple[Way, str]:
    """How the data must come back, and why, as a clause. Into the open database only where that was measured to keep every
    reader and every commit: in WAL mode, with the same page size (another one is refused by SQLite) and the same migrations
    (the code that stays connected must fit what it finds)."""
    if live is None or live_problem is not None:
        return Way.REPLACE, "the database as it is cannot be written to safely"
    if live.journal_mode != "wal":
        return Way.REPLACE, f"the database is in {live.journal_mode} mode, where a reader would block it"
    if live.page_size != then.page_size:
        return Way.REPLACE, f"its pages are {live.page_size} bytes and the backup's {then.page_size}"
    if live.migrations != then.migrations:
        return Way.REPLACE, "the two do not stand at the same migration"
    return Way.LIVE, "the database is in WAL mode and stands at the backup's migration, so readers can stay connected"


def table_changes(then: Facts, live: Facts | None) -> tuple[TableChange, ...]:
    """Rows now and then, of the tables where they differ."""
    now = live.tables if live is not None else {}
    names = sorted((now.keys() | then.tables.keys()) - set(_OWN))
    changes = (TableChange(name, now.get(name), then.tables.get(name)) for name in names)
    return tuple(change for change in changes if change.now != change.then)


def warnings(known: Manifest, live: Facts | None) -> tuple[str, ...]:
    """What a person should know before they say yes, one sentence or two each."""
    then, told = known.facts, []
    if live is not None and live.migration_lock:
        told.append(
            f"The database holds a row in {LOCK_TABLE}: a migration is running now, or one was killed, and then every later "
            f"start of the application waits for ever. When none is running: {_UNLOCK}."
        )
    if then.migration_lock:
        told.append(
            f"The backup holds a row in {LOCK_TABLE} and brings it back: the application's next start on it waits for ever. "
            f"After the restore, when no migration is running: {_UNLOCK}. Or take an older backup."
        )
    newer = [one for one in then.migrations if live is not None and live.migrations and one not in live.migrations]
    if newer:
        knows = (
            f"Release {known.release}, live when it was taken, knows them."
            if known.release
            else "Start one that knows them."
        )
        told.append(
            f"The backup is newer than the database: it has {', '.join(newer)}, which the code that runs now may not know. {knows}"
        )
    if then.foreign_key_violations:
        told.append(
            f"In the backup {then.foreign_key_violations} rows break a foreign key, as they did when it was taken."
        )
    return tuple(told)
