"""A town to load: PostgreSQL with durable settings, `kiosk central serve` and `kiosk central open`, all throw-away.

Everything listens on loopback or on Unix sockets; every process here is started here and ends with the block.
"""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

import psutil
import psycopg

from tests.postgresql import Cluster, cluster

CORES = 2
OURS = ("generator", "workers", "open", "postgresql")
ROOT = Path(__file__).resolve().parents[2]
DURABLE = {"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on"}
DATABASE = "central"
CHILD = "tests.bench.delivery_child"
READY_S, END_S, LOOK_EVERY_S = 60.0, 20.0, 0.05

CENTRAL_TOML = """
issuer = "http://127.0.0.1:{port}"
port = {port}
postgresql = "{postgresql}"
workers = {workers}
service_keys_dir = "service-keys"
department_keys_dir = "department-keys"
key_encryption_key_file = "key-encryption-key"
opening_socket = "o.sock"
secret_key_file = "secret-key"
[town]
name = "Stadt Musterstadt"
"""


@dataclass
class Town:
    """A town whose PostgreSQL runs; `begin` and `end` are for its two processes, "serve" and "open"."""

    folder: Path
    port: int
    cluster: Cluster
    destinations: Mapping[str, UUID] = field(default_factory=dict)
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
    processes: dict[str, psutil.Popen] = field(default_factory=dict)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def config_file(self) -> Path:
        return self.folder / "central.toml"

    @property
    def conninfo(self) -> str:
        return self.cluster.conninfo(DATABASE)

    def write_config(self, workers: int) -> None:
        text = CENTRAL_TOML.format(port=self.port, postgresql=self.conninfo, workers=workers)
        self.config_file.write_text(text, encoding="utf-8")

    def begin(self, name: str, command: list[str] | None = None) -> None:
        """Start "serve" or "open", or something else in its place; its words go to a log of that name."""
        words = command or [sys.executable, "-m", "kiosk", "central", name, "--config", str(self.config_file)]
        with (self.folder / f"{name}.log").open("ab") as log:
            self.processes[name] = psutil.Popen(words, cwd=ROOT, stdout=log, stderr=log, stdin=subprocess.DEVNULL)

    def end(self, name: str) -> None:
        """Ask it to end, and wait; whoever does not listen is killed."""
        process = self.processes.pop(name)
        process.terminate()
        try:
            process.wait(END_S)
        except psutil.TimeoutExpired:
            process.kill()
            process.wait()

    def wait_until_ready(self) -> None:
        until(lambda: (self.folder / "o.sock").exists() or "open" not in self.processes)
        until(self._listens)

    def workers(self) -> list[psutil.Process]:
        """gunicorn's workers."""
        found: list[psutil.Process] = self.processes["serve"].children()
        return found

    def postmaster(self) -> psutil.Process:
        words = (self.cluster.folder / "data" / "postmaster.pid").read_text()
        return psutil.Process(int(words.split()[0]))

    def asked(self, query: str, *values: Any) -> Any:
        """The first column of the first row."""
        with psycopg.connect(self.conninfo, autocommit=True) as connection:
            row = connection.execute(query, values).fetchone()  # type: ignore[call-overload]  # our own text
        assert row is not None
        return row[0]

    def unopened(self) -> int:
        """How many submissions the opening service has not looked at yet."""
        return int(
            self.asked(
                "SELECT count(*) FROM central_submission s WHERE state <> 'announced'"
                " AND NOT EXISTS (SELECT FROM central_opened o WHERE o.submission_id = s.id)"
            )
        )

    def _listens(self) -> bool:
        if self.processes["serve"].poll() is not None:
            raise RuntimeError(f"serve ended: {(self.folder / 'serve.log').read_text()[-2000:]}")
        try:
            socket.create_connection(("127.0.0.1", self.port), 1).close()
        except OSError:
            return False
        return True


@contextmanager
def founded(clients: int, workers: int = 2, settings: Mapping[str, str] | None = None) -> Iterator[Town]:
    """A seeded town with as many senders; its processes are not started. Nothing but pids begun here is ended."""
    with ExitStack() as stack:
        running = stack.enter_context(cluster(DURABLE | dict(settings or {})))
        running.create(DATABASE)
        folder = Path(tempfile.mkdtemp(prefix="kt-"))  # a Unix socket's path has at most 107 bytes
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        town = Town(folder, free_port(), running)
        town.write_config(workers)
        words = [sys.executable, "-m", CHILD, "seed", str(town.config_file), str(clients)]
        made = json.loads(subprocess.run(words, cwd=ROOT, stdout=subprocess.PIPE, check=True).stdout)
        town.destinations = {name: UUID(text) for name, text in made["destinations"].items()}
        town.secrets = made["secrets"]
        try:
            yield town
        finally:
            for name in list(town.processes):
                town.end(name)


@contextmanager
def running(clients: int, workers: int = 2, settings: Mapping[str, str] | None = None) -> Iterator[Town]:
    """The same with both processes, ready."""
    with founded(clients, workers, settings) as town:
        town.begin("open")
        town.begin("serve")
        town.wait_until_ready()
        yield town


def until(ready: Callable[[], bool], patience_s: float = READY_S) -> None:
    """Raises TimeoutError."""
    deadline = time.monotonic() + patience_s
    while not ready():
        if time.monotonic() > deadline:
            raise TimeoutError(f"not within {patience_s:.0f} s")
        time.sleep(LOOK_EVERY_S)


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Effort:
    """Who used the processor since this was made: seconds by part, and what others on this machine took meanwhile."""

    def __init__(self, town: Town) -> None:
        self._town = town
        self._before = self._read()
        self._started = time.monotonic()

    def _read(self) -> dict[str, float]:
        town, everything = self._town, psutil.cpu_times()
        used = {
            "generator": _used(psutil.Process(os.getpid())),
            "workers": _used(town.processes["serve"], family=True),
            "open": _used(town.processes["open"]) if "open" in town.processes else 0.0,
            "postgresql": _used(town.postmaster(), family=True),
        }
        busy = sum(everything) - everything.idle - everything.iowait - everything.guest - everything.guest_nice
        return used | {"others": busy - sum(used.values()), "waiting for the disk": everything.iowait}

    def seconds(self) -> dict[str, float]:
        """By part."""
        return {name: value - self._before[name] for name, value in self._read().items()}

    def said(self, count: int) -> str:
        """Cores in use, milliseconds each of `count` deliveries cost, and how many two cores alone would do."""
        passed, used = time.monotonic() - self._started, self.seconds()
        parts = [f"{name} {spent / passed:.2f} ({spent / count * 1e3:.1f} ms)" for name, spent in used.items()]
        ours = sum(spent for name, spent in used.items() if name in OURS)
        return f"cores: {', '.join(parts)}; undisturbed {CORES * count / ours:.0f}/s"


def _used(process: psutil.Process, *, family: bool = False) -> float:
    """Seconds of the processor; with `family` those of its living and its waited-for children as well."""
    times = process.cpu_times()
    used = float(times.user + times.system)
    if not family:
        return used
    used += times.children_user + times.children_system
    for child in process.children(recursive=True):
        try:
            used += _used(child)
        except psutil.NoSuchProcess:
            continue
    return used
