"""The plug is pulled: what `put` returned from is there afterwards, and no application is there by half."""

from __future__ import annotations

import itertools
import random
from datetime import timedelta
from uuid import uuid4

import pytest

from kiosk.delivery.outbox import KEPT_DAYS, Outbox, RowState

from .conftest import deliver, rows_in

APPLICATIONS = 12
SEEDS = (None, 1, 2)


def lost_by_cuts(box, disk, path, room, applications):
    """How many acknowledged submissions were missing after a cut behind each of APPLICATIONS saves."""
    stored, lost = set(), 0
    for nth in range(APPLICATIONS):
        rows = applications()
        box.put(rows)
        stored |= {row.id for row in rows}
        for seed in SEEDS:
            lost += len(stored - rows_in(disk.after_cut(path, room / f"cut-{nth}-{seed}", seed)).keys())
    return lost


def test_no_acknowledged_submission_is_lost(disk, path, room, applications):
    box = Outbox(path, vfs=disk.name)
    assert lost_by_cuts(box, disk, path, room, applications) == 0
    box.close()


def test_the_same_cuts_do_lose_submissions_without_full_synchronisation(disk, path, room, applications):
    """The control: a model of a disk that loses nothing would prove nothing."""
    box = Outbox(path, vfs=disk.name)
    box._connection.execute("PRAGMA synchronous = NORMAL")
    assert lost_by_cuts(box, disk, path, room, applications) >= APPLICATIONS
    box.close()


@pytest.fixture
def cut_everywhere(disk, path, room):
    """Runs `work` and gives what is left by a cut before each of its writes, syncs and truncations, and after it.

    Of long works every so many operations are enough.
    """

    def run(work, every=1):
        left, operations = [], itertools.count()

        def cut():
            for seed in SEEDS:
                left.append(rows_in(disk.after_cut(path, room / f"cut-{uuid4()}", seed)))

        disk.before = lambda _: cut() if next(operations) % every == 0 else None
        try:
            work()
        finally:
            disk.before = lambda _: None
        cut()
        return left

    return run


def test_a_cut_in_the_middle_of_a_save_leaves_all_of_the_application_or_nothing(
    disk, path, cut_everywhere, applications
):
    box = Outbox(path, vfs=disk.name)
    before, during = applications(), applications()
    box.put(before)
    left = cut_everywhere(lambda: box.put(during))
    old, new = {row.id for row in before}, {row.id for row in during}
    assert len(left) > 10 * len(SEEDS)
    assert all(rows.keys() in (old, old | new) for rows in left)
    assert all(rows.keys() == old | new for rows in left[-len(SEEDS) :])
    box.close()


def test_a_cut_in_the_middle_of_a_step_leaves_the_old_state_or_the_new_one(disk, path, cut_everywhere, new_row):
    box = Outbox(path, vfs=disk.name)
    row = new_row(1)
    box.put([row])
    steps = [
        (lambda: box.acknowledge_announced(row.id, row.id, row.id), RowState.SEALED, RowState.ANNOUNCED),
        (lambda: box.acknowledge(row.id, RowState.UPLOADING), RowState.ANNOUNCED, RowState.UPLOADING),
        (lambda: box.quarantine(row.id, "DELIV-03"), RowState.UPLOADING, RowState.QUARANTINED),
        (lambda: box.retry(row.id), RowState.QUARANTINED, RowState.UPLOADING),
        (lambda: box.acknowledge(row.id, RowState.SUBMITTED), RowState.UPLOADING, RowState.SUBMITTED),
        (lambda: box.acknowledge_delivered(row.id, row.created_day), RowState.SUBMITTED, RowState.DELIVERED),
        (lambda: box.acknowledge_lost(row.id), RowState.DELIVERED, RowState.SEALED),
    ]
    for step, old, new in steps:
        states = [rows[row.id].state for rows in cut_everywhere(step)]
        assert set(states) <= {old, new}
        assert set(states[-len(SEEDS) :]) == {new}
    box.close()


def test_a_cut_while_submissions_are_buried_or_the_file_is_tidied_loses_none_of_the_others(
    disk, path, room, cut_everywhere, new_row
):
    box = Outbox(path, vfs=disk.name)
    done, waiting = [new_row(0, clear=b"0" * 48_000) for _ in range(1)], new_row(1)
    box.put([*done, waiting])
    for row in done:
        deliver(box, row)
    later = done[0].created_day + timedelta(days=KEPT_DAYS + 1)
    for work in (lambda: box.bury(later), box.tidy, box.close):
        for rows in cut_everywhere(work, every=60):
            assert rows.keys() in ({waiting.id}, {waiting.id} | {row.id for row in done})
    assert rows_in(path).keys() == {waiting.id}


@pytest.mark.parametrize("seed", range(4))
def test_cuts_at_random_moments_of_a_long_life(seed, disk, path, room, applications):
    """Saves, deliveries, checkpoints and new starts in any order; after each a cut."""
    chance = random.Random(seed)  # noqa: S311  # no secret
    box, states = Outbox(path, vfs=disk.name), {}
    for turn in range(25):
        match chance.randrange(5):
            case 0 | 1:
                rows = applications()
                box.put(rows)
                states |= {row.id: RowState.SEALED for row in rows}
            case 2:
                for row in box.due(now=0, limit=2):
                    if row.state is RowState.SEALED:
                        deliver(box, row)
                        states[row.id] = RowState.DELIVERED
            case 3:
                box._connection.wal_checkpoint()
            case _:
                box.close()
                box = Outbox(path, vfs=disk.name)
        left = rows_in(disk.after_cut(path, room / f"cut-{turn}", chance.randrange(1000)))
        assert {row.id: row.state for row in left.values()} == states
    box.close()
