"""The outbox keeps what it said it kept, moves one step at a time, and never gives up a damaged file."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from uuid import uuid4

import pytest

from kiosk.delivery.outbox import KEPT_DAYS, MOVES, Outbox, RowState
from kiosk.delivery.outbox_file import ASIDE, free_bytes
from kiosk.errors import OutboxError

TODAY = date(2026, 11, 22)


def deliver(outbox, row, today=TODAY):
    outbox.acknowledge_announced(row.id, uuid4(), uuid4())
    outbox.acknowledge(row.id, RowState.UPLOADING)
    outbox.acknowledge(row.id, RowState.SUBMITTED)
    outbox.acknowledge_delivered(row.id, today)


def test_what_was_put_comes_back_byte_for_byte(outbox, new_row):
    rows = [new_row(0), new_row(3)]
    outbox.put(rows)
    assert [row.id for row in outbox.due(now=0)] == [row.id for row in rows]
    for row in rows:
        assert outbox.sealed(row.id) == row.sealed
        assert outbox.sealed(row.id).tags == row.sealed.tags


def test_sealed_parts_fill_whole_buckets(outbox, new_row):
    outbox.put([new_row(n) for n in range(4)])
    assert all(row.size_bytes % 4096 == 0 for row in outbox.all_rows())


def test_putting_the_same_application_again_changes_nothing(outbox, new_row):
    row = new_row()
    outbox.put([row])
    outbox.acknowledge_announced(row.id, uuid4(), uuid4())
    outbox.put([row])
    [kept] = outbox.all_rows()
    assert kept.state is RowState.ANNOUNCED


def test_one_application_is_stored_whole_or_not_at_all(outbox, new_row):
    whole, broken = new_row(), new_row()
    broken = type(broken)(**{f: getattr(broken, f) for f in broken.__slots__} | {"reference": None})
    with pytest.raises(OutboxError, match="OUTBOX-01"):
        outbox.put([whole, broken])
    assert outbox.all_rows() == ()


def test_the_write_ahead_log_is_synced_at_every_commit(outbox, tmp_path):
    assert sqlite3.connect(tmp_path / "outbox.sqlite").execute("PRAGMA journal_mode").fetchone() == ("wal",)
    assert outbox._one("PRAGMA synchronous", ()) == 2


# ---- states -----------------------------------------------------------------------------------


def test_a_submission_goes_its_way_step_by_step(outbox, new_row):
    row = new_row()
    outbox.put([row])
    deliver(outbox, row)
    assert outbox.row(row.id).state is RowState.DELIVERED
    assert outbox.waiting() == 0
    assert outbox.next_due() is None


@pytest.mark.parametrize("target", list(RowState))
@pytest.mark.parametrize("source", list(RowState))
def test_only_the_listed_moves_are_possible(source, target, outbox, new_row):
    row = new_row()
    outbox.put([row])
    outbox._connection.execute("UPDATE submission SET state = ?", (source.value,))
    if source in MOVES[target]:
        outbox.acknowledge(row.id, target)
        assert outbox.row(row.id).state is target
    else:
        with pytest.raises(RuntimeError):
            outbox.acknowledge(row.id, target)
        assert outbox.row(row.id).state is source


def test_starting_again_forgets_what_the_service_forgot(outbox, new_row):
    row = new_row()
    outbox.put([row])
    outbox.acknowledge_announced(row.id, uuid4(), uuid4())
    outbox.acknowledge(row.id, RowState.SEALED)
    assert outbox.row(row.id).submission_id is None


def test_what_the_service_lost_goes_its_way_again(outbox, new_row):
    """As after its restore from an older backup: announced anew, with the same bytes."""
    row, other = new_row(), new_row()
    outbox.put([row, other])
    deliver(outbox, row)
    outbox.acknowledge_lost(row.id)
    again = outbox.row(row.id)
    assert (again.state, again.submission_id, again.case_id, again.settled_day) == (RowState.SEALED, None, None, None)
    assert outbox.sealed(row.id) == row.sealed
    assert {found.id for found in outbox.due(now=0)} == {row.id, other.id}
    for not_delivered in (row.id, other.id, uuid4()):
        with pytest.raises(RuntimeError):
            outbox.acknowledge_lost(not_delivered)
    deliver(outbox, row)
    assert outbox.row(row.id).state is RowState.DELIVERED


def test_what_is_kept_is_counted_and_gone_through_page_by_page(outbox, new_row):
    rows = [new_row(0) for _ in range(7)]
    outbox.put(rows)
    for row in rows[:5]:
        deliver(outbox, row)
    assert outbox.kept() == 5
    pages, after = [], None
    while page := outbox.delivered_rows(after, limit=2):
        pages.append(page)
        after = page[-1].id
    assert [len(page) for page in pages] == [2, 2, 1]
    assert {row.id for page in pages for row in page} == {row.id for row in rows[:5]}
    outbox.bury(TODAY + timedelta(days=KEPT_DAYS + 1))
    assert outbox.kept() == 0


@pytest.mark.parametrize("call", ["put", "due", "acknowledge", "bury", "all_rows", "sealed", "tidy"])
def test_every_call_of_another_thread_is_turned_away(call, outbox, new_row):
    row = new_row(0)
    outbox.put([row])
    arguments = {
        "put": ([new_row(0)],),
        "due": (0.0,),
        "acknowledge": (row.id, RowState.UPLOADING),
        "bury": (TODAY,),
        "sealed": (row.id,),
    }.get(call, ())
    with ThreadPoolExecutor(1) as pool, pytest.raises(RuntimeError, match="another thread"):
        pool.submit(getattr(outbox, call), *arguments).result()
    assert [(found.id, found.state) for found in outbox.all_rows()] == [(row.id, RowState.SEALED)]


def test_a_postponed_submission_waits_for_its_time(outbox, new_row):
    row = new_row()
    outbox.put([row])
    outbox.postpone(row.id, "DELIV-01", until=100.0)
    assert outbox.due(now=99.9) == ()
    assert outbox.next_due() == 100.0
    [due] = outbox.due(now=100.0)
    assert (due.attempts, due.last_error) == (1, "DELIV-01")


def test_a_quarantined_submission_stays_until_a_technician_retries(outbox, new_row):
    row = new_row()
    outbox.put([row])
    outbox.quarantine(row.id, "DELIV-03")
    assert outbox.due(now=1e12) == ()
    assert outbox.waiting() == 1
    outbox.bury(TODAY + timedelta(days=1000))
    outbox.retry(row.id)
    [due] = outbox.due(now=0)
    assert (due.state, due.attempts) == (RowState.SEALED, 0)
    assert outbox.sealed(row.id) == row.sealed


def test_a_delivered_submission_keeps_its_parts_and_then_leaves_a_tombstone(outbox, new_row):
    row = new_row()
    outbox.put([row])
    deliver(outbox, row)
    assert outbox.bury(TODAY + timedelta(days=KEPT_DAYS)) == 0
    assert outbox.sealed(row.id) == row.sealed
    assert outbox.bury(TODAY + timedelta(days=KEPT_DAYS + 1)) == 1
    assert outbox.all_rows() == ()
    assert outbox._one("SELECT reference FROM tombstone WHERE id = ?", (str(row.id),)) == row.reference
    assert outbox._one("SELECT count(*) FROM sealed", ()) == 0


def test_changed_parts_are_not_sent(outbox, new_row):
    row = new_row()
    outbox.put([row])
    outbox._connection.execute("UPDATE sealed SET parcel = zeroblob(4096)")
    with pytest.raises(OutboxError, match="OUTBOX-02"):
        outbox.sealed(row.id)


def test_an_application_is_found_by_the_index_of_its_code(outbox, new_row):
    mine, other = new_row(status_index="aa" * 32), new_row(status_index="bb" * 32)
    outbox.put([mine])
    outbox.put([other])
    assert [row.id for row in outbox.by_status("aa" * 32)] == [mine.id]


# ---- the file ---------------------------------------------------------------------------------


def spoil(path, how):
    clean = path.read_bytes()
    damaged = {
        "garbage": b"no database at all" * 1000,
        "truncated": clean[: len(clean) // 2],
        "page": clean[:8192] + b"\xff" * 4096 + clean[12288:],
    }[how]
    path.write_bytes(damaged)
    return damaged


@pytest.mark.parametrize("how", ["garbage", "truncated", "page"])
def test_a_damaged_file_is_set_aside_untouched(how, tmp_path, new_row):
    path = tmp_path / "outbox.sqlite"
    box = Outbox(path)
    box.put([new_row(2) for _ in range(5)])
    box.close()
    damaged = spoil(path, how)
    for _ in range(2):  # and it stays out of service while the file lies there
        with pytest.raises(OutboxError, match="OUTBOX-02"):
            Outbox(path)
        assert path.with_name(path.name + ASIDE).read_bytes() == damaged
        assert not path.exists()
    path.with_name(path.name + ASIDE).rename(tmp_path / "rescued")
    Outbox(path).close()


def test_another_programs_file_is_set_aside(tmp_path):
    path = tmp_path / "outbox.sqlite"
    with sqlite3.connect(path) as other:
        other.execute("CREATE TABLE songs (title)")
    other.close()
    with pytest.raises(OutboxError, match="OUTBOX-02"):
        Outbox(path)


def test_nothing_is_put_into_a_file_that_was_set_aside_meanwhile(outbox, tmp_path, new_row):
    path = tmp_path / "outbox.sqlite"
    path.rename(tmp_path / "elsewhere")
    with pytest.raises(OutboxError, match="OUTBOX-02"):
        outbox.put([new_row()])
    path.touch()
    with pytest.raises(OutboxError, match="OUTBOX-02"):
        outbox.put([new_row()])


def test_a_long_log_is_moved_into_the_file(outbox, tmp_path, new_row):
    log = tmp_path / "outbox.sqlite-wal"
    big = new_row(clear=b"0" * 20_000)
    outbox.put([big])
    while log.stat().st_size < 4_100_000:
        outbox.put([type(big)(**{f: getattr(big, f) for f in big.__slots__} | {"id": uuid4()})])
    before = (tmp_path / "outbox.sqlite").stat().st_size
    outbox.tidy()
    assert (tmp_path / "outbox.sqlite").stat().st_size > before


def test_a_disk_that_was_full_once_gets_its_room_back(outbox, tmp_path, new_row):
    """Else the terminal would stay below its low-water mark after everything was delivered and buried."""
    big = new_row(0, clear=b"0" * 50_000)
    rows = [type(big)(**{f: getattr(big, f) for f in big.__slots__} | {"id": uuid4()}) for _ in range(4)]
    outbox.put(rows)
    for row in rows:
        deliver(outbox, row)
    outbox.tidy()
    full = (tmp_path / "outbox.sqlite").stat().st_size
    outbox.bury(TODAY + timedelta(days=KEPT_DAYS + 1))
    for _ in range(full // 1_000_000 + 10):
        outbox.tidy()
    outbox.close()
    assert (tmp_path / "outbox.sqlite").stat().st_size < full / 2


def test_free_space_is_counted_in_bytes(tmp_path):
    assert free_bytes(tmp_path / "outbox.sqlite") > 1_000_000


def test_two_processes_may_create_the_file_at_the_same_time(tmp_path):
    code = (
        "import sys; from pathlib import Path; from kiosk.delivery.outbox import Outbox;"
        "sys.stdin.read(1); [Outbox(Path(sys.argv[1]) / f'{n}.sqlite').close() for n in range(50)]"
    )
    both = [
        subprocess.Popen([sys.executable, "-c", code, str(tmp_path)], stdin=subprocess.PIPE, stderr=subprocess.PIPE)
        for _ in range(2)
    ]
    for process in both:
        process.stdin.write(b"x")
        process.stdin.flush()
    for process in both:
        assert process.communicate(timeout=60)[1] == b""
        assert process.returncode == 0
