"""The two databases central runs on, as the tests need them: a template, and a copy of it for every test."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

from kiosk.config import CentralConfig
from tests.postgresql import Cluster, cluster

POSTGRESQL = os.environ.get("KIOSK_TEST_DATABASE") == "postgresql"
_numbers = count(1)


@dataclass(frozen=True)
class Databases:
    """Where databases are made; without a cluster they are SQLite files."""

    cluster: Cluster | None

    def place(self, folder: Path, name: str) -> dict[str, Any]:
        """The keys of a CentralConfig for a new, empty database."""
        if self.cluster is None:
            return {"database": folder / f"{name}.sqlite3"}
        self.cluster.create(name)
        return {"postgresql": self.cluster.conninfo(name), "workers": 2}

    @contextmanager
    def written(self, text: str) -> Iterator[str]:
        """A central.toml whose line DATABASE names a new, empty database."""
        if self.cluster is None:
            yield text.replace("DATABASE", 'database = "state/central.sqlite3"')
            return
        name = f"written{next(_numbers)}"
        keys = self.place(Path(), name)
        yield text.replace("DATABASE", f'postgresql = "{keys["postgresql"]}"\nworkers = {keys["workers"]}')
        self.cluster.drop(name)

    def content(self, name: str) -> bytes:
        """All that stands in the database of this Django NAME."""
        return Path(name).read_bytes() if self.cluster is None else self.cluster.dump(name)

    @contextmanager
    def copy(self, template: CentralConfig, folder: Path) -> Iterator[str]:
        """A copy of the template, which nobody is connected to; its name as Django's NAME."""
        if self.cluster is None:
            assert template.database is not None
            shutil.copy(template.database, folder / "central.sqlite3")
            yield str(folder / "central.sqlite3")
            return
        name = f"test{next(_numbers)}"
        self.cluster.create(name, "template")
        yield name
        self.cluster.drop(name)


@contextmanager
def running_databases() -> Iterator[Databases]:
    if not POSTGRESQL:
        yield Databases(None)
        return
    with cluster() as running:
        yield Databases(running)
