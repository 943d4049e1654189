"""The disk fails at the n-th write, sync or truncation, for every n: done, or told no, and every later look agrees."""

from __future__ import annotations

import shutil
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import apsw
import pytest

from kiosk.delivery.outbox import KEPT_DAYS, Outbox, RowState
from kiosk.errors import OutboxError

from .conftest import deliver, rows_in

# SQLite passes a failed write on as a result code; apsw also reports the exception that made it.
pytestmark = [
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
    pytest.mark.parametrize("error", [apsw.FullError, apsw.IOError], ids=["full", "broken"]),
]
MOST = 1000


@dataclass
class Fault:
    """Raises `error` at the operation number `nth` from now, once or from then on."""

    error: type[Exception]
    nth: int
    once: bool
    failed: str = ""

    def __call__(self, operation: str) -> None:
        self.nth -= 1
        if self.nth == -1 or (self.nth < 0 and not self.once):
            self.failed = self.failed or operation
            raise self.error("the disk failed")


@dataclass
class Bench:
    """An outbox on a disk that can be told to fail."""

    disk: object
    path: Path
    room: Path

    def tried(self, work, error, nth, *, once):
        """Whether `work` was done, and which operation failed. Afterwards the disk is well again."""
        fault = Fault(error, nth, once)
        self.disk.before = fault
        try:
            work()
        except OutboxError as failure:
            if failure.code != "OUTBOX-01":
                raise
            return False, fault.failed
        finally:
            self.disk.before = lambda _: None
        return True, fault.failed

    def seen(self, name, *, cut):
        """What there is for the next process, and with `cut` after a power cut, a mild one and a rough one."""
        crashed = self.room / f"crashed-{name}"
        crashed.mkdir()
        for suffix in ("", "-wal"):
            if (part := self.path.with_name(self.path.name + suffix)).exists():
                shutil.copy(part, crashed)
        yield rows_in(crashed / self.path.name)
        for seed in (None, 7) if cut else ():
            yield rows_in(self.disk.after_cut(self.path, self.room / f"cut-{name}-{seed}", seed))


@pytest.fixture
def bench(disk, path, room):
    return Bench(disk, path, room)


@pytest.mark.parametrize("once", [True, False], ids=["once", "from-then-on"])
def test_a_save_is_stored_or_the_citizen_is_told_no(error, once, bench, applications):
    box = Outbox(bench.path, vfs=bench.disk.name)
    stored = applications()
    box.put(stored)
    failed = []
    for nth in range(MOST):
        application = applications()
        done, operation = bench.tried(lambda rows=application: box.put(rows), error, nth, once=once)
        stored += application if done else []
        assert {row.id for row in box.all_rows()} == {row.id for row in stored}
        if once:  # if the disk stays broken, nobody can take back what lies in its log
            for rows in bench.seen(str(nth), cut=True):
                assert rows.keys() == {row.id for row in stored}
        if done:
            break
        failed.append(operation)
    assert set(failed) == {"write", "sync"}
    box.put(later := applications())
    box.close()
    assert rows_in(bench.path).keys() == {row.id for row in stored + later}


def in_state(box, row, state):
    """`row`, on its way up to `state`."""
    box.put([row])
    for step in (RowState.ANNOUNCED, RowState.UPLOADING, RowState.SUBMITTED):
        if state is RowState.SEALED:
            return
        if step is RowState.ANNOUNCED:
            box.acknowledge_announced(row.id, row.id, row.id)
        else:
            box.acknowledge(row.id, step)
        if step is state:
            return


STEPS = {
    "announced": (RowState.SEALED, lambda box, row: box.acknowledge_announced(row.id, row.id, row.id)),
    "uploading": (RowState.ANNOUNCED, lambda box, row: box.acknowledge(row.id, RowState.UPLOADING)),
    "submitted": (RowState.UPLOADING, lambda box, row: box.acknowledge(row.id, RowState.SUBMITTED)),
    "delivered": (RowState.SUBMITTED, lambda box, row: box.acknowledge_delivered(row.id, row.created_day)),
    "quarantined": (RowState.UPLOADING, lambda box, row: box.quarantine(row.id, "DELIV-03")),
}


@pytest.mark.parametrize("target", STEPS)
def test_a_step_is_kept_or_not_made(error, target, bench, new_row):
    source, step = STEPS[target]
    box = Outbox(bench.path, vfs=bench.disk.name)
    row = new_row(0)
    in_state(box, row, source)
    failed = []
    for nth in range(MOST):
        done, operation = bench.tried(lambda: step(box, row), error, nth, once=True)
        expected = RowState(target) if done else source
        assert box.row(row.id).state is expected
        for rows in bench.seen(str(nth), cut=True):
            assert rows[row.id].state is expected
        if done:
            break
        failed.append(operation)
    assert set(failed) == {"write", "sync"}
    box.close()


def test_delivered_submissions_are_buried_or_kept(error, bench, new_row):
    box = Outbox(bench.path, vfs=bench.disk.name)
    done, waiting = [new_row(1), new_row(0)], new_row(1)
    box.put([*done, waiting])
    for row in done:
        deliver(box, row)
    day = done[0].created_day + timedelta(days=KEPT_DAYS + 1)
    failed = []
    for nth in range(MOST):
        buried, operation = bench.tried(lambda: box.bury(day), error, nth, once=True)
        expected = {waiting.id} if buried else {waiting.id} | {row.id for row in done}
        for rows in ({row.id: row for row in box.all_rows()}, *bench.seen(str(nth), cut=True)):
            assert rows.keys() == expected
        if buried:
            break
        failed.append(operation)
    assert set(failed) == {"write", "sync"}
    box.close()


def moved_and_closed(box):
    """A checkpoint that also shortens the log, and the end; neither says anything to anybody."""
    with suppress(apsw.Error):
        box._connection.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_TRUNCATE)
    box.close()


def test_a_log_that_cannot_be_moved_into_the_file_stays_and_loses_nothing(error, bench, applications):
    failed, stored = set(), set()
    for nth in range(MOST):
        box = Outbox(bench.path, vfs=bench.disk.name)
        rows = applications()
        box.put(rows)
        stored |= {row.id for row in rows}
        _, operation = bench.tried(lambda box=box: moved_and_closed(box), error, nth, once=True)
        for found in bench.seen(str(nth), cut=True):
            assert found.keys() == stored
        if not operation:
            break
        failed.add(operation)
    assert failed == {"write", "sync", "truncate"}


def test_a_disk_that_fails_at_the_start_opens_nothing(error, bench):
    failed = []
    for nth in range(MOST):
        done, operation = bench.tried(lambda: Outbox(bench.path, vfs=bench.disk.name).close(), error, nth, once=False)
        if done:
            break
        failed.append(operation)
    assert len(failed) > 3
    assert rows_in(bench.path) == {}
