"""The outbox's file: created, checked before anything believes it, and set aside when it is damaged.

Rules
  1. A file is checked whole (quick_check) before the first row is read or written.
  2. A damaged file is renamed together with its log and otherwise left exactly as it is.
  3. While a file set aside lies there nothing is opened: only a person decides that what was in it
     may be given up, by moving it to a safe place.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import apsw

from kiosk.errors import OutboxError

ASIDE = ".damaged"
CHECKPOINT_BYTES = 4_000_000
_APPLICATION_ID = 0x524B4F31  # "RKO1": this file is an outbox, first schema
_BUSY_MS = 5_000
_MODE = 0o660
_PRAGMAS = (
    "auto_vacuum = INCREMENTAL",  # before the first table: `tidy` gives room back to the disk
    "journal_mode = WAL",
    "synchronous = FULL",
    "wal_autocheckpoint = 0",  # a save never pays for a checkpoint: `tidy` does it
    f"journal_size_limit = {CHECKPOINT_BYTES}",
    "foreign_keys = ON",
)

_SCHEMA = """
CREATE TABLE submission (
  id TEXT PRIMARY KEY NOT NULL,
  reference TEXT NOT NULL,
  destination TEXT NOT NULL,
  destination_id TEXT NOT NULL,
  department TEXT NOT NULL,
  status_index TEXT NOT NULL,
  created_day TEXT NOT NULL,
  settled_day TEXT,
  state TEXT NOT NULL CHECK (state IN ('sealed', 'announced', 'uploading', 'submitted', 'delivered', 'quarantined')),
  submission_id TEXT,
  case_id TEXT,
  attempts INTEGER NOT NULL DEFAULT 0,
  next_attempt REAL NOT NULL DEFAULT 0,
  last_error TEXT,
  digest TEXT NOT NULL,
  size_bytes INTEGER NOT NULL
) STRICT;
CREATE INDEX submission_due ON submission (state, next_attempt);
CREATE INDEX submission_status ON submission (status_index);
CREATE TABLE sealed (id TEXT PRIMARY KEY NOT NULL REFERENCES submission (id), parcel BLOB NOT NULL) STRICT;
CREATE TABLE tombstone (
  id TEXT PRIMARY KEY NOT NULL, digest TEXT NOT NULL, reference TEXT NOT NULL
) STRICT, WITHOUT ROWID;
"""


def free_bytes(path: Path) -> int:
    """What is free on the disk the outbox lies on, for an ordinary user. Raises OutboxError OUTBOX-01."""
    try:
        disk = os.statvfs(path.parent)
    except OSError as error:
        raise OutboxError("OUTBOX-01", error.strerror or "") from error
    return disk.f_bavail * disk.f_frsize


@contextmanager
def held_alone(path: Path) -> Iterator[None]:
    """Keep any other `kiosk sync` away from this outbox: two would announce, and deliver, everything twice.

    The lock ends with the process, however it ends. Raises OutboxError OUTBOX-01 if another one runs.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        lock = path.with_name(path.name + ".sync").open("wb")
    except OSError as error:
        raise OutboxError("OUTBOX-01", error.strerror or "") from error
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise OutboxError("OUTBOX-01", "another `kiosk sync` is running") from error
        yield


def open_file(path: Path, vfs: str | None) -> apsw.Connection:
    """The connection to a sound file, made now if there is none, for the thread that calls.

    Raises OutboxError OUTBOX-02 (damaged and now set aside, or set aside before) or OUTBOX-01.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with _folder(path.parent) as folder:
            fcntl.flock(folder, fcntl.LOCK_EX)  # the other process may be making the same file right now
            connection = _checked(path, vfs)
            os.fsync(folder)  # a file's name is durable only when its folder is
            return connection
    except (apsw.Error, OSError) as error:
        raise OutboxError("OUTBOX-01", type(error).__name__) from error


def _checked(path: Path, vfs: str | None) -> apsw.Connection:
    aside = path.with_name(path.name + ASIDE)
    if aside.exists():
        raise OutboxError("OUTBOX-02", f"{aside.name} lies beside: move it to a safe place")
    # `kiosk run` and `kiosk sync` are two users of one group; SQLite alone would make the file 0640.
    os.close(os.open(path, os.O_CREAT | os.O_RDWR, _MODE))
    connection = apsw.Connection(str(path), vfs=vfs)
    try:
        _set_up(connection)
    except (apsw.CorruptError, apsw.NotADBError) as error:
        connection.close()
        _set_aside(path, aside)
        raise OutboxError("OUTBOX-02", f"set aside as {aside.name}") from error
    except apsw.Error:
        connection.close()
        raise
    return connection


def _set_up(connection: apsw.Connection) -> None:
    """Check first, with closing made harmless: a damaged file must stay exactly as it is."""
    connection.config(apsw.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1)
    connection.set_busy_timeout(_BUSY_MS)
    if [row[0] for row in connection.execute("PRAGMA quick_check(1)")] != ["ok"]:
        raise apsw.CorruptError("quick_check")
    with connection:  # one snapshot: the other process may be creating the file right now
        tables = connection.execute("SELECT count(*) FROM sqlite_schema").get
        if tables and connection.execute("PRAGMA application_id").get != _APPLICATION_ID:
            raise apsw.NotADBError("another program's file")
    for pragma in _PRAGMAS:
        connection.execute(f"PRAGMA {pragma}")
    connection.execute("BEGIN IMMEDIATE")
    if not connection.execute("SELECT count(*) FROM sqlite_schema").get:
        connection.execute(_SCHEMA)
        connection.execute(f"PRAGMA application_id = {_APPLICATION_ID}")
    connection.execute("COMMIT")
    connection.config(apsw.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 0)


def _set_aside(path: Path, aside: Path) -> None:
    """The database first: from the moment its new name stands, no process opens an outbox here."""
    for suffix in ("", "-wal", "-shm"):
        part = path.with_name(path.name + suffix)
        if part.exists():
            part.rename(aside.with_name(aside.name + suffix))


@contextmanager
def _folder(path: Path) -> Iterator[int]:
    """A handle on a folder: to lock it and to make its names durable."""
    handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield handle
    finally:
        os.close(handle)
