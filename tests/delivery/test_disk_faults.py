"""The disk fails at the n-th write or sync, for every n: what `put` returned from is there, the rest is not."""

from __future__ import annotations

import shutil

import apsw
import pytest

from kiosk.delivery.outbox import Outbox
from kiosk.errors import OutboxError

NAME = "failing"

# SQLite passes a failed write on as a result code; apsw also reports the exception that made it.
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")


class FailingFile(apsw.VFSFile):
    """Counts writes, syncs and truncations; raises at the one that was chosen."""

    def __init__(self, disk, filename, flags):
        super().__init__("", filename, flags)
        self.disk = disk

    def xWrite(self, data, offset):  # noqa: N802  # SQLite's name
        self.disk.count()
        super().xWrite(data, offset)

    def xSync(self, flags):  # noqa: N802
        self.disk.count()
        super().xSync(flags)


class FailingDisk(apsw.VFS):
    """A disk that fails `left` operations from now, with `error`: once, or from then on."""

    def __init__(self):
        super().__init__(NAME, "")
        self.left = None
        self.once = False
        self.error = apsw.FullError

    def xOpen(self, name, flags):  # noqa: N802
        return FailingFile(self, name, flags)

    def count(self):
        if self.left is not None:
            self.left -= 1
            if self.left == -1 or (self.left < 0 and not self.once):
                raise self.error("the disk failed")


@pytest.fixture
def disk():
    disk = FailingDisk()
    yield disk
    disk.unregister()


@pytest.mark.parametrize("error", [apsw.FullError, apsw.IOError])
def test_a_save_is_stored_or_the_citizen_is_told_no(error, disk, tmp_path, new_row):
    path = tmp_path / "outbox.sqlite"
    kept = [new_row(1), new_row(0)]
    box = Outbox(path, vfs=NAME)
    box.put(kept)
    disk.error = error
    refused = []
    for nth in range(1000):
        application = [new_row(2), new_row(0)]
        disk.left = nth
        try:
            box.put(application)
        except OutboxError as failure:
            refused.append(failure.code)
        else:
            kept += application
            break
        finally:
            disk.left = None
    assert len(refused) >= 4
    assert set(refused) == {"OUTBOX-01"}
    box.put(later := [new_row(1)])
    box.close()
    again = Outbox(path)
    assert [row.id for row in again.all_rows()] == [row.id for row in kept + later]
    assert all(again.sealed(row.id) == row.sealed for row in kept + later)
    again.close()


@pytest.mark.parametrize("error", [apsw.FullError, apsw.IOError])
def test_what_the_citizen_was_told_no_about_does_not_come_back_after_a_crash(error, disk, tmp_path, new_row):
    path = tmp_path / "outbox.sqlite"
    box = Outbox(path, vfs=NAME)
    box.put([kept := new_row(1)])
    disk.error, disk.once = error, True
    refusals = 0
    for nth in range(1000):
        disk.left = nth
        try:
            box.put([new_row(1)])
        except OutboxError:
            refusals += 1
        else:
            break
        crashed = tmp_path / f"crashed-{nth}"
        crashed.mkdir()
        for name in ("outbox.sqlite", "outbox.sqlite-wal"):
            shutil.copy(tmp_path / name, crashed / name)
        again = Outbox(crashed / "outbox.sqlite")
        assert [row.id for row in again.all_rows()] == [kept.id]
        again.close()
    assert refusals >= 4
    disk.left = None
    box.close()


def test_a_disk_that_fails_at_the_start_opens_nothing(disk, tmp_path):
    refused = []
    for nth in range(1000):
        disk.left = nth
        try:
            Outbox(tmp_path / "outbox.sqlite", vfs=NAME).close()
        except OutboxError as failure:
            refused.append(failure.code)
        else:
            break
        finally:
            disk.left = None
    assert len(refused) > 3
    assert set(refused) == {"OUTBOX-01"}
    Outbox(tmp_path / "outbox.sqlite").close()
