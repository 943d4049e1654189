"""A disk that loses power or fails at one operation, and what an outbox on it holds afterwards."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import UUID, uuid4

import pytest

from kiosk.delivery.outbox import NewRow, Outbox, Row, RowState

from .power_cut import PoweredDisk


@pytest.fixture
def disk() -> Iterator[PoweredDisk]:
    disk = PoweredDisk(f"powered-{uuid4()}")
    yield disk
    disk.unregister()


@pytest.fixture
def room() -> Iterator[Path]:
    """A folder in memory where there is one: what is durable here is the model's business, not the real disk's."""
    memory = Path("/dev/shm")
    with TemporaryDirectory(dir=memory if memory.is_dir() else None) as folder:
        yield Path(folder)


@pytest.fixture
def path(room: Path) -> Path:
    return room / "outbox.sqlite"


def rows_in(path: Path) -> dict[UUID, Row]:
    """What an outbox opened at `path` holds; every row's sealed parts are whole."""
    box = Outbox(path)
    try:
        rows = {row.id: row for row in box.all_rows()}
        for row_id in rows:
            box.sealed(row_id)
        return rows
    finally:
        box.close()


@pytest.fixture
def applications(new_row: Callable[..., NewRow]) -> Callable[[], list[NewRow]]:
    """Makes applications of two submissions, one with an attachment."""
    return lambda: [new_row(1), new_row(0)]


def deliver(box: Outbox, row: NewRow) -> None:
    box.acknowledge_announced(row.id, uuid4(), uuid4())
    box.acknowledge(row.id, RowState.UPLOADING)
    box.acknowledge(row.id, RowState.SUBMITTED)
    box.acknowledge_delivered(row.id, row.created_day)
