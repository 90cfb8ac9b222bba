"""The ledger's schema, as the list of steps from one version to the next. A released step is never edited: add one."""

from __future__ import annotations

MIGRATIONS: tuple[str, ...] = (
    """
    CREATE TABLE runs (
      id TEXT PRIMARY KEY, command TEXT NOT NULL, words TEXT NOT NULL,
      actor_id TEXT NOT NULL, actor_name TEXT NOT NULL, door TEXT NOT NULL,
      state TEXT NOT NULL, started REAL NOT NULL, finished REAL, summary TEXT NOT NULL DEFAULT '',
      switch_begun INTEGER NOT NULL DEFAULT 0
    ) STRICT;
    CREATE INDEX runs_by_start ON runs (started);
    CREATE TABLE steps (
      run_id TEXT NOT NULL REFERENCES runs (id), number INTEGER NOT NULL, name TEXT NOT NULL, title TEXT NOT NULL,
      state TEXT NOT NULL, started REAL NOT NULL, seconds REAL, detail TEXT NOT NULL DEFAULT '',
      PRIMARY KEY (run_id, number)
    ) STRICT;
    CREATE TABLE events (
      id INTEGER PRIMARY KEY, run_id TEXT NOT NULL, at REAL NOT NULL, kind TEXT NOT NULL, body TEXT NOT NULL
    ) STRICT;
    CREATE INDEX events_by_run ON events (run_id);
    CREATE TABLE audit (
      id INTEGER PRIMARY KEY, run_id TEXT NOT NULL, kind TEXT NOT NULL CHECK (kind IN ('intent', 'outcome')),
      at REAL NOT NULL, actor_id TEXT NOT NULL, actor_name TEXT NOT NULL, door TEXT NOT NULL, role TEXT NOT NULL,
      command TEXT NOT NULL, outcome TEXT, detail TEXT NOT NULL DEFAULT ''
    ) STRICT;
    CREATE TRIGGER audit_is_never_updated BEFORE UPDATE ON audit
      BEGIN SELECT RAISE(ABORT, 'the audit log is never updated'); END;
    CREATE TRIGGER audit_is_never_deleted BEFORE DELETE ON audit
      BEGIN SELECT RAISE(ABORT, 'the audit log is never deleted from'); END;
    CREATE TABLE freezes (
      id INTEGER PRIMARY KEY, actor_id TEXT NOT NULL, actor_name TEXT NOT NULL, door TEXT NOT NULL,
      reason TEXT NOT NULL, since REAL NOT NULL, ended REAL
    ) STRICT;
    CREATE TABLE seen (key TEXT PRIMARY KEY, at REAL NOT NULL) STRICT;
    CREATE TABLE buttons (id TEXT PRIMARY KEY, action TEXT NOT NULL, made REAL NOT NULL) STRICT;
    CREATE TABLE posts (run_id TEXT PRIMARY KEY, channel TEXT NOT NULL, ts TEXT NOT NULL) STRICT;
    CREATE TABLE facts (name TEXT PRIMARY KEY, value TEXT NOT NULL, at REAL NOT NULL) STRICT;
    """,
    """
    CREATE TABLE backups (
      name TEXT PRIMARY KEY, sequence INTEGER NOT NULL, taken REAL NOT NULL,
      bytes INTEGER NOT NULL, stored_bytes INTEGER NOT NULL, sha256 TEXT NOT NULL, manifest_sha256 TEXT NOT NULL,
      why TEXT NOT NULL, release TEXT, run_id TEXT NOT NULL,
      verified_at REAL, verified_problem TEXT, removed_at REAL, removed_reason TEXT
    ) STRICT;
    CREATE INDEX backups_by_run ON backups (run_id);
    CREATE TABLE growth (
      at REAL NOT NULL, bytes INTEGER NOT NULL, wal_bytes INTEGER NOT NULL, free_bytes INTEGER NOT NULL,
      backups_bytes INTEGER NOT NULL
    ) STRICT;
    CREATE INDEX growth_by_time ON growth (at);
    CREATE TABLE jobs (
      name TEXT PRIMARY KEY, started REAL NOT NULL, finished REAL, ok INTEGER, detail TEXT NOT NULL DEFAULT ''
    ) STRICT;
    CREATE TABLE alerts (
      kind TEXT PRIMARY KEY, since REAL NOT NULL, last_told REAL NOT NULL, text TEXT NOT NULL
    ) STRICT;
    """,
)
