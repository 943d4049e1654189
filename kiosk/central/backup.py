"""Backup and restore of the database, while the services run: SQLite by its online backup, PostgreSQL by pg_dump.

Rules
  1. A backup is one snapshot in one file: complete, on the disk and readable, or not there. None is overwritten.
  2. It holds sealed parts only. What opens them is kept elsewhere: the escrow, the key-encryption key, the service's
     keys and secret key. Sealed parts in an object store are not in it.
  3. The row of Holdings is left out, so that a restored database knows what it is (holdings.py).
  4. Only an empty database is restored into.
"""

from __future__ import annotations

import sqlite3
import subprocess
from collections.abc import Sequence
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from django.core.management import call_command
from django.db import connection
from psycopg.conninfo import make_conninfo

from kiosk import durable_files
from kiosk.central import holdings
from kiosk.central.configuration import PREPARED
from kiosk.central.models import Holdings
from kiosk.errors import CentralError

SUFFIXES = {"sqlite": "sqlite3", "postgresql": "dump"}
SHARED = 0o660
LEFT_OUT = Holdings._meta.db_table
WANTED = "django_migrations"


def write(folder: Path, started: datetime) -> Path:
    """Everything committed before `started`, which is now. Raises CentralError CENTRAL-01, or -05 if it is there."""
    path = folder / f"central-{started.astimezone(UTC):%Y%m%dT%H%M%SZ}.{SUFFIXES[connection.vendor]}"
    _make(folder)
    try:
        with durable_files.partial(path) as fresh:
            _write_sqlite(fresh) if connection.vendor == "sqlite" else _write_postgresql(fresh)
    except FileExistsError as error:
        raise CentralError("CENTRAL-05", str(path)) from error
    except (OSError, sqlite3.Error) as error:
        raise CentralError("CENTRAL-01", f"backup: {type(error).__name__}") from error
    holdings.backed_up(started)
    return path


def restore(path: Path) -> None:
    """Into the empty database of this configuration, and up to date with this program.

    Raises CentralError CENTRAL-05 if there is something in it, CENTRAL-01 if the backup cannot be used.
    """
    if _tables():
        raise CentralError("CENTRAL-05", "the database is not empty")
    try:
        _restore_sqlite(path) if connection.vendor == "sqlite" else _restore_postgresql(path)
    except (OSError, sqlite3.Error) as error:
        raise CentralError("CENTRAL-01", f"restore: {type(error).__name__}") from error
    call_command("migrate", interactive=False, verbosity=0)
    holdings.current()


def _make(folder: Path) -> None:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise CentralError("CENTRAL-01", f"{folder}: {error.strerror}") from error


def _tables() -> list[str]:
    with connection.cursor() as cursor:
        return connection.introspection.table_names(cursor)


def _write_sqlite(fresh: Path) -> None:
    """In one go: page by page it would start anew with every delivery."""
    connection.ensure_connection()
    with closing(sqlite3.connect(fresh)) as copy:
        connection.connection.backup(copy)
        with copy:
            copy.execute(f"DELETE FROM {LEFT_OUT}")  # noqa: S608 - the model's own name
        _check(copy)


def _restore_sqlite(path: Path) -> None:
    """By a rename: the database's file is the backup, or what it was. SQLite dropped an old journal when we looked."""
    target = Path(str(connection.settings_dict["NAME"]))
    connection.close()
    source = f"{path.absolute().as_uri()}?mode=ro"
    with (
        durable_files.partial(target, SHARED, anew=True) as fresh,
        closing(sqlite3.connect(source, uri=True)) as held,
        closing(sqlite3.connect(fresh)) as copy,
    ):
        held.backup(copy)
        _check(copy)


def _check(copy: sqlite3.Connection) -> None:
    [(said,)] = copy.execute("PRAGMA quick_check(1)").fetchall()
    found = {name for (name,) in copy.execute("SELECT name FROM sqlite_master")}
    if said != "ok" or not {WANTED, LEFT_OUT} <= found:
        raise CentralError("CENTRAL-01", "not a whole database of central")


def _write_postgresql(fresh: Path) -> None:
    _run("pg_dump", ["--format=custom", f"--exclude-table-data={LEFT_OUT}", f"--file={fresh}", "--dbname", _conninfo()])


def _restore_postgresql(path: Path) -> None:
    """All of it in one transaction."""
    listed = _run("pg_restore", ["--list", str(path)])
    if not all(f" TABLE public {name} " in listed for name in (WANTED, LEFT_OUT)):
        raise CentralError("CENTRAL-01", "not a backup of central")
    connection.close()
    options = ["--single-transaction", "--exit-on-error", "--no-owner", "--no-privileges"]
    _run("pg_restore", [*options, "--dbname", _conninfo(), str(path)])


def _conninfo() -> str:
    """Without a password (configuration.py)."""
    settings = connection.settings_dict
    options = {name: value for name, value in settings["OPTIONS"].items() if name not in PREPARED}
    return make_conninfo(dbname=settings["NAME"], **options)


def _run(program: str, arguments: Sequence[str]) -> str:
    """What it prints. Of its complaints only the first line is told: the others may quote rows."""
    command = [program, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)  # noqa: S603 - a client program of PostgreSQL with our own words
    if done.returncode:
        said = done.stderr.partition("\n")[0][:300]
        raise CentralError("CENTRAL-01", said or f"{program} ended with {done.returncode}")
    return done.stdout
