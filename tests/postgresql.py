"""A PostgreSQL of the tests' own: a throw-away cluster behind a Unix socket, gone with the block.

PostgreSQL refuses to run as root, so there it runs as the user its package makes.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg

ACCOUNT = "postgres"
# What a test writes need not survive a power cut.
CARELESS = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


@dataclass(frozen=True)
class Cluster:
    """A running PostgreSQL. `folder` holds its socket."""

    folder: Path

    def conninfo(self, database: str) -> str:
        return f"host={self.folder} user={ACCOUNT} dbname={database}"

    def create(self, database: str, template: str = "template0") -> None:
        """A new database, copied from another nobody is connected to."""
        self._tell(f'CREATE DATABASE "{database}" TEMPLATE "{template}"')

    def drop(self, database: str) -> None:
        """Whoever is still connected loses it."""
        self._tell(f'DROP DATABASE IF EXISTS "{database}" WITH (FORCE)')

    def dump(self, database: str) -> bytes:
        """Everything in it, as text."""
        command = [str(program("pg_dump")), "--dbname", self.conninfo(database)]
        return subprocess.run(command, capture_output=True, check=True).stdout

    def _tell(self, statement: str) -> None:
        with psycopg.connect(self.conninfo("postgres"), autocommit=True) as connection:
            connection.execute(statement)  # type: ignore[call-overload]  # names are the tests' own


@contextmanager
def cluster(settings: dict[str, str] | None = None) -> Iterator[Cluster]:
    """Started; `settings` of postgresql.conf beside the defaults, which keep nothing safe."""
    folder = Path(tempfile.mkdtemp(prefix="kpg-"))  # a Unix socket's path has at most 107 bytes
    try:
        if os.geteuid() == 0:
            shutil.chown(folder, ACCOUNT, ACCOUNT)
        _run("initdb", "-D", folder / "data", "-U", ACCOUNT, "--no-sync", "-E", "UTF8", "--locale=C", "-A", "trust")
        chosen = CARELESS | {"listen_addresses": "", "unix_socket_directories": str(folder)} | (settings or {})
        with (folder / "data" / "postgresql.conf").open("a") as file:
            file.writelines(f"{name} = '{value}'\n" for name, value in chosen.items())
        _run("pg_ctl", "-D", folder / "data", "-l", folder / "log", "-w", "start")
        try:
            yield Cluster(folder)
        finally:
            _run("pg_ctl", "-D", folder / "data", "-m", "immediate", "-w", "stop")
    finally:
        shutil.rmtree(folder)


def program(name: str) -> Path:
    """Debian keeps the server's programs beside one another, a folder for each version."""
    found = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), key=lambda path: int(path.parts[4]))
    return found[-1]


def _run(name: str, *arguments: object) -> None:
    drop = ["setpriv", f"--reuid={ACCOUNT}", f"--regid={ACCOUNT}", "--clear-groups"] if os.geteuid() == 0 else []
    command = [*drop, str(program(name)), *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd="/", stdin=subprocess.DEVNULL)
    assert done.returncode == 0, done.stdout + done.stderr
