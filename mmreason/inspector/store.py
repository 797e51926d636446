"""The index of a run's traces: one SQLite file that can be thrown away at any time."""

from __future__ import annotations

import hashlib
import os
import sqlite3
import tempfile
from contextlib import suppress
from pathlib import Path

SCHEMA = 3
"""Raised when tables or the meaning of a column change: older files are then made anew."""
TABLES = """
CREATE TABLE IF NOT EXISTS files (
    id INTEGER PRIMARY KEY, path TEXT UNIQUE NOT NULL, size INTEGER NOT NULL, lines INTEGER NOT NULL,
    mark TEXT NOT NULL, bad INTEGER NOT NULL
);
CREATE TABLE IF NOT EXISTS samples (
    id INTEGER PRIMARY KEY, file INTEGER NOT NULL, start INTEGER NOT NULL, stage TEXT NOT NULL, step INTEGER NOT NULL,
    stage_step INTEGER NOT NULL, task TEXT NOT NULL, nth INTEGER NOT NULL, kind TEXT NOT NULL, moment TEXT NOT NULL,
    num INTEGER NOT NULL, mean_total REAL, std_total REAL, mean_length REAL, max_length INTEGER NOT NULL, correct REAL,
    flags INTEGER NOT NULL, line TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS by_name ON samples (task, step, stage);
CREATE TABLE IF NOT EXISTS warnings (file INTEGER NOT NULL, text TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS weights (
    stage TEXT NOT NULL, step INTEGER NOT NULL, terms TEXT NOT NULL, PRIMARY KEY (stage, step)
);
CREATE TABLE IF NOT EXISTS searched (up_to INTEGER NOT NULL);
INSERT INTO searched SELECT 0 WHERE NOT EXISTS (SELECT 1 FROM searched);
"""
WORDS = (
    "CREATE VIRTUAL TABLE IF NOT EXISTS words USING fts5(text, content='', tokenize='unicode61 remove_diacritics 2')"
)
BUSY = 30.0
"""Seconds to wait for another process that is writing."""


def opened(home: Path, cache: Path | None = None) -> sqlite3.Connection:
    """Open the index of a folder, or make an empty one; a damaged or older one is replaced.

    Args:
        home: the folder.
        cache: where indices lie; None is the user's cache folder. Where it cannot be written to, the index is kept in
            a temporary file until the connection is closed.
    """
    try:
        folder = default_cache() if cache is None else cache
        folder.mkdir(parents=True, exist_ok=True)
        name = hashlib.sha256(os.fsencode(home.resolve())).hexdigest()[:32]
        return ready(folder / f"{name}.sqlite")
    except (OSError, sqlite3.OperationalError):
        return ready(None)


def default_cache() -> Path:
    """Give the user's folder for indices.

    Raises:
        OSError: nobody knows a home folder.
    """
    base = os.environ.get("XDG_CACHE_HOME")
    try:
        root = Path(base) if base and Path(base).is_absolute() else Path.home() / ".cache"
    except RuntimeError as error:
        raise OSError(str(error)) from None
    return root / "mmreason" / "inspector"


def ready(path: Path | None) -> sqlite3.Connection:
    """Connect, and see that the tables are there; None is a private temporary file."""
    connection = connected(path)
    try:
        hurry(connection)
        if connection.execute("PRAGMA user_version").fetchone()[0] == SCHEMA:
            connection.execute("SELECT up_to FROM searched").fetchone()
            return connection
        empty = not connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
    except sqlite3.OperationalError:
        connection.close()
        raise
    except sqlite3.DatabaseError:
        empty = False
    if not empty and path is not None:
        connection.close()
        remove(path)
        connection = connected(path)
    fill(connection)
    return connection


def connected(path: Path | None) -> sqlite3.Connection:
    """Connect to a file, or to a private temporary one."""
    if path is None:
        place = Path(tempfile.gettempdir())
        connection = sqlite3.connect("" if os.access(place, os.W_OK) else ":memory:", check_same_thread=False)
    else:
        connection = sqlite3.connect(path, timeout=BUSY, check_same_thread=False)
    connection.isolation_level = None
    connection.execute(f"PRAGMA busy_timeout = {int(BUSY * 1000)}")
    return connection


def hurry(connection: sqlite3.Connection) -> None:
    """Wait for no disk: the file can be made anew."""
    connection.execute("PRAGMA synchronous = OFF")


def fill(connection: sqlite3.Connection) -> None:
    """Make the tables, whole or not at all."""
    hurry(connection)
    connection.executescript(f"BEGIN IMMEDIATE; {TABLES} PRAGMA user_version = {SCHEMA}; COMMIT;")
    with suppress(sqlite3.OperationalError):  # this SQLite was built without FTS5: texts are then read line by line
        connection.execute(WORDS)


def has_words(connection: sqlite3.Connection) -> bool:
    """Say whether texts can be looked up."""
    return connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'words'").fetchone() is not None


def remove(path: Path) -> None:
    """Remove an index with what SQLite keeps beside it."""
    for ending in ("", "-journal", "-wal", "-shm"):
        Path(f"{path}{ending}").unlink(missing_ok=True)
