"""What would restoring this backup do? A look at both sides that changes neither."""

from __future__ import annotations

import shutil
import sqlite3

from ops.database.compare import choose_way, refuse_foreign, table_changes, warnings
from ops.database.copy import BUSY_SECONDS
from ops.database.facts import integrity_problem, opened, read_facts
from ops.database.kept import believed
from ops.database.model import Comparison, Facts, InspectRequest, Manifest, Way
from ops.database.places import Places
from ops.database.progress import Progress
from ops.database.trouble import Trouble, failure, trouble


def run(request: InspectRequest, places: Places, progress: Progress) -> Comparison:
    """Compare a backup's manifest with the live database. The backup itself is read whole only when it is staged.

    Raises:
        Failed: there is no such backup, it is of another application, or the database stays locked.
    """
    known, _ = believed(places, request.name, request.known_sha256)
    progress("reading the database as it is")
    live, problem = _live(places)
    if live is not None:
        refuse_foreign(known, live)
    then = known.facts
    now = live.migrations if live is not None else ()
    way, reason = choose_way(then, live, problem)
    needed, room = _needed(places, known, live, way)
    return Comparison(
        manifest=known,
        live=live,
        live_problem=problem,
        tables=table_changes(then, live),
        migrations_lost=tuple(one for one in now if one not in then.migrations),
        migrations_back=tuple(one for one in then.migrations if one not in now),
        way=way,
        way_reason=reason,
        needed_bytes=needed,
        free_bytes=shutil.disk_usage(places.database.parent).free,
        warnings=(*warnings(known, live), *room),
    )


def _live(places: Places) -> tuple[Facts | None, str | None]:
    """The live database's facts and what is wrong with it. One that is damaged or missing is a finding, because then a
    restore is wanted most; one that is locked is an error, because then nothing is known."""
    database = places.database
    if not database.exists():
        return None, f"There is no file {database.name} on the volume."
    try:
        with opened(database, BUSY_SECONDS) as connection:
            connection.execute("BEGIN")
            facts = read_facts(connection)
            problem = integrity_problem(connection)
            connection.execute("COMMIT")
    except sqlite3.Error as error:
        if trouble(error) is not Trouble.DAMAGED:
            raise failure(database, "read", error) from error
        return None, f"{database.name} is damaged, or not an SQLite database ({error})."
    return facts, None if problem is None else f"{database.name} is damaged: {problem}."


def _needed(places: Places, known: Manifest, live: Facts | None, way: Way) -> tuple[int, tuple[str, ...]]:
    """Bytes the volume must have free (the staged copy; in the live way a WAL of the same size, measured; the safety backup
    where the backups share its disk), and a warning when the backups' own disk has too few for the safety backup."""
    needed = known.bytes * (2 if way is Way.LIVE else 1)
    safety = live.page_size * live.page_count if live is not None else 0
    if places.backups.stat().st_dev == places.database.parent.stat().st_dev:
        return needed + safety, ()
    free = shutil.disk_usage(places.backups).free
    if free >= safety:
        return needed, ()
    return needed, (
        f"The backups' disk has {free:,} bytes free, and the safety backup takes {safety:,}: free room first.",
    )
