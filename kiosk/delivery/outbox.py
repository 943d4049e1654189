"""The only thing the terminal writes about a citizen: sealed submissions, until they are safely elsewhere.

Rules
  1. One connection, owned by the thread that opened it; `kiosk run` only puts, `kiosk sync` only
     acknowledges and buries. WAL and synchronous=FULL: what a method returned from survives a power cut,
     what it raised from does not come back after one.
  2. One application is one transaction: all its submissions or none.
  3. A state moves only along MOVES, and a remote id is stored before the next remote step.
  4. Nothing expires silently: a refused submission stays, flagged; a delivered one keeps its sealed
     parts for KEPT_DAYS and leaves a tombstone.
  5. A damaged file is set aside untouched; while it lies there the outbox does not open.
  6. What was handed over to another terminal is not sent from here, and what another one brings is taken once.

What a row holds and how it moves is row.py's; the sealed parts lie in a table of their own, in whole 4 kB.
"""

from __future__ import annotations

import json
import os
import secrets
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import apsw

from kiosk.delivery.outbox_file import CHECKPOINT_BYTES, open_file
from kiosk.delivery.parcel import pack, parcel_digest, unpack
from kiosk.delivery.row import COLUMNS, HANDED_OVER, MOVES, UNDER_WAY, NewRow, Row, RowState, read_row
from kiosk.delivery.submission import SealedSubmission
from kiosk.errors import OutboxError

__all__ = ["KEPT_DAYS", "LONGEST_WAIT_S", "MOVES", "NewRow", "Outbox", "Row", "RowState"]

KEPT_DAYS = 14
LONGEST_WAIT_S = 7200.0  # twice what any service may ask for: a later date is a clock that jumped
SPARE_PAGES = 1024  # 4 MB of room stay in the file for the next submissions
GIVEN_BACK_PAGES = 256  # at a time, so that a save never waits long


class Outbox:
    """The open outbox. Every method runs on the thread that made it; all raise OutboxError."""

    def __init__(self, path: Path, *, vfs: str | None = None) -> None:
        """Open or create. Raises OutboxError OUTBOX-02 (damaged, now set aside) or OUTBOX-01 (cannot be opened)."""
        self._path = path
        self._owner = threading.get_ident()
        self._connection = open_file(path, vfs)
        self._inode = os.stat(path).st_ino

    # ---- kiosk run --------------------------------------------------------------------------

    def put(self, rows: Sequence[NewRow]) -> int:
        """Store all submissions of one application durably, in one transaction; how many were new.

        Repeatable: a row whose id was put before stays as it is, or buried. Raises OutboxError OUTBOX-01
        (nothing stored) or OUTBOX-02.
        """
        parcels = [pack(row.sealed) for row in rows]
        self._check_in_place()
        with self._writing() as run:
            return sum(_insert(run, row, parcel) for row, parcel in zip(rows, parcels, strict=True))

    # ---- kiosk sync -------------------------------------------------------------------------

    def due(self, now: float, limit: int = 20) -> tuple[Row, ...]:
        """Submissions whose time has come, longest waiting first; also those the clock jumped away from."""
        return self._rows(
            "WHERE state IN (SELECT value FROM json_each(?)) AND (next_attempt <= ? OR next_attempt > ?)"
            " ORDER BY next_attempt, rowid LIMIT ?",
            (_as_json(UNDER_WAY), now, now + LONGEST_WAIT_S, limit),
        )

    def next_due(self) -> float | None:
        """When the next submission wants an attempt, seconds since 1970; None if nothing is under way."""
        found: Any = self._one(
            "SELECT min(next_attempt) FROM submission WHERE state IN (SELECT value FROM json_each(?))",
            (_as_json(UNDER_WAY),),
        )
        return None if found is None else float(found)

    def waiting(self) -> int:
        """How many submissions are not delivered yet, quarantined ones included."""
        return int(self._one("SELECT count(*) FROM submission WHERE state <> 'delivered'", ()) or 0)

    def row(self, row_id: UUID) -> Row | None:
        found = self._rows("WHERE id = ?", (str(row_id),))
        return found[0] if found else None

    def sealed(self, row_id: UUID) -> SealedSubmission:
        """The sealed parts of one row. Raises OutboxError OUTBOX-02 if they are not what was put."""
        parcel = self._one("SELECT parcel FROM sealed WHERE id = ?", (str(row_id),))
        digest = self._one("SELECT digest FROM submission WHERE id = ?", (str(row_id),))
        if not isinstance(parcel, bytes) or parcel_digest(parcel) != digest:
            raise OutboxError("OUTBOX-02", "sealed parts missing or changed")
        return unpack(parcel)

    def acknowledge(self, row_id: UUID, state: RowState) -> None:
        """One step further along MOVES. Leaving for SEALED forgets the remote ids."""
        forget = ", submission_id = NULL, case_id = NULL" if state is RowState.SEALED else ""
        self._move(row_id, state, f"last_error = NULL{forget}", ())

    def acknowledge_announced(self, row_id: UUID, submission_id: UUID, case_id: UUID) -> None:
        """The service knows the submission by these ids: kept before anything else is sent."""
        self._move(row_id, RowState.ANNOUNCED, "submission_id = ?, case_id = ?", (str(submission_id), str(case_id)))

    def acknowledge_delivered(self, row_id: UUID, today: date) -> None:
        """The verified token was seen today; the sealed parts stay KEPT_DAYS more."""
        self._move(row_id, RowState.DELIVERED, "last_error = NULL, settled_day = ?", (today.isoformat(),))

    def acknowledge_lost(self, row_id: UUID) -> None:
        """The service no longer holds what it had proven to hold: a delivered submission goes its way again."""
        with self._writing() as run:
            run(
                "UPDATE submission SET state = 'sealed', submission_id = NULL, case_id = NULL, settled_day = NULL,"
                " last_error = NULL, attempts = 0, next_attempt = 0 WHERE id = ? AND state = 'delivered'",
                (str(row_id),),
            )
            self._check_one("no such row, or it is not delivered")

    def postpone(self, row_id: UUID, code: str, until: float) -> None:
        """An attempt failed with an error code; the next one is due `until` (seconds since 1970).

        Nothing changes for a submission that is not under way: it may have been given away meanwhile.
        """
        with self._writing() as run:
            run(
                "UPDATE submission SET attempts = attempts + 1, last_error = ?, next_attempt = ?"
                " WHERE id = ? AND state IN (SELECT value FROM json_each(?))",
                (code, until, str(row_id), _as_json(UNDER_WAY)),
            )

    def quarantine(self, row_id: UUID, code: str) -> None:
        """The service refuses this one: kept, flagged, not tried again until `retry`."""
        self._move(row_id, RowState.QUARANTINED, "last_error = ?, attempts = attempts + 1", (code,))

    def kept(self) -> int:
        """How many delivered submissions still have their sealed parts here."""
        return int(self._one("SELECT count(*) FROM submission WHERE state = 'delivered'", ()) or 0)

    def delivered_rows(self, after: UUID | None = None, limit: int = 100) -> tuple[Row, ...]:
        """The kept ones by id, the next `limit` after `after`: to ask the service whether it still holds them."""
        return self._rows(
            "WHERE state = 'delivered' AND id > ? ORDER BY id LIMIT ?", (str(after) if after else "", limit)
        )

    def bury(self, today: date) -> int:
        """Replace what was delivered more than KEPT_DAYS ago by tombstones; how many."""
        before = (today - timedelta(days=KEPT_DAYS)).isoformat()
        return self._bury("state = 'delivered' AND settled_day < ?", (before,))

    # ---- status, technicians ----------------------------------------------------------------

    def by_status(self, status_index: str) -> tuple[Row, ...]:
        """The submissions of one application, found by the index of its code."""
        return self._rows("WHERE status_index = ? ORDER BY rowid", (status_index,))

    def all_rows(self) -> tuple[Row, ...]:
        return self._rows("ORDER BY rowid", ())

    def retry(self, row_id: UUID) -> None:
        """A technician's retry: the counter starts again.

        A quarantined submission goes on under the ids it has: the service may hold it, whatever it answered.
        """
        with self._writing() as run:
            run(
                "UPDATE submission SET attempts = 0, next_attempt = 0,"
                " last_error = iif(state = 'quarantined', NULL, last_error),"
                " state = iif(state <> 'quarantined', state, iif(submission_id IS NULL, 'sealed', 'uploading'))"
                " WHERE id = ?",
                (str(row_id),),
            )
            if self._connection.changes() != 1:
                raise OutboxError("OUTBOX-01", "no such submission")

    def hand_over(self, row_ids: Iterable[UUID]) -> None:
        """An export holds these, none of them delivered: they stay, and are not sent from here any more."""
        ids = [str(row_id) for row_id in row_ids]
        with self._writing() as run:
            run(
                "UPDATE submission SET state = 'quarantined', last_error = ?"
                " WHERE id IN (SELECT value FROM json_each(?)) AND state <> 'delivered'",
                (HANDED_OVER, json.dumps(ids)),
            )
            if self._connection.changes() != len(ids):
                raise RuntimeError("no such row, or it was delivered meanwhile")

    def bury_handed_over(self, row_id: UUID) -> bool:
        """Replace one that was handed over by a tombstone; whether there was one."""
        return bool(self._bury("id = ? AND state = 'quarantined' AND last_error = ?", (str(row_id), HANDED_OVER)))

    def tidy(self) -> None:
        """When nobody waits for a save: give room back to the disk, and move a long log into the file.

        Without it a disk that was full once would stay below the low-water mark after everything is delivered.
        """
        log = self._path.with_name(self._path.name + "-wal")
        with self._guarded():
            if self._connection.pragma("freelist_count") > SPARE_PAGES:
                self._connection.execute(f"PRAGMA incremental_vacuum({GIVEN_BACK_PAGES})").fetchall()
            if log.exists() and log.stat().st_size > CHECKPOINT_BYTES:
                self._connection.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_PASSIVE)

    def close(self) -> None:
        """What is committed is safe, even if the disk refuses to move the log into the file now."""
        with suppress(OutboxError), self._guarded():
            self._connection.close()

    # ---- inside -----------------------------------------------------------------------------

    def _bury(self, which: str, values: tuple[str, ...]) -> int:
        """Tombstones in place of the submissions that match `which`; how many."""
        with self._writing() as run:
            chosen = f"FROM submission WHERE {which}"
            run(f"INSERT INTO tombstone SELECT id, digest, reference {chosen}", values)
            run(f"DELETE FROM sealed WHERE id IN (SELECT id {chosen})", values)  # noqa: S608  # no values in the text
            run(f"DELETE {chosen}", values)
            return self._connection.changes()

    def _move(self, row_id: UUID, state: RowState, change: str, values: tuple[str, ...]) -> None:
        with self._writing() as run:
            run(
                f"UPDATE submission SET state = ?, {change}"  # noqa: S608  # `change` is this module's own text
                " WHERE id = ? AND state IN (SELECT value FROM json_each(?))",
                (state.value, *values, str(row_id), _as_json(MOVES[state])),
            )
            self._check_one(f"no such row, or it may not become {state.value}")

    def _check_one(self, complaint: str) -> None:
        if self._connection.changes() != 1:
            raise RuntimeError(complaint)

    def _rows(self, where: str, values: tuple[apsw.SQLiteValue, ...]) -> tuple[Row, ...]:
        with self._guarded():
            found = self._connection.execute(f"SELECT {COLUMNS} FROM submission {where}", values)  # noqa: S608
            return tuple(read_row(*columns) for columns in found)

    def _one(self, query: str, values: tuple[apsw.SQLiteValue, ...]) -> apsw.SQLiteValue:
        with self._guarded():
            return self._connection.execute(query, values).get

    @contextmanager
    def _writing(self) -> Iterator[Callable[..., apsw.Cursor]]:
        with self._guarded():
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection.execute
                self._commit()
            except BaseException:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise

    def _commit(self) -> None:
        """A commit whose sync failed lies in the log as if it were whole, and a crash would bring it back.

        The next transaction takes its place, so one is written at once. If the disk refuses that too, nothing helps.
        """
        try:
            self._connection.execute("COMMIT")
        except apsw.Error:
            with suppress(apsw.Error):
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                self._connection.execute(f"PRAGMA user_version = {secrets.randbits(31)}")
            raise

    @contextmanager
    def _guarded(self) -> Iterator[None]:
        self._check_owner()
        try:
            yield
        except (apsw.CorruptError, apsw.NotADBError) as error:
            raise OutboxError("OUTBOX-02", type(error).__name__) from error
        except apsw.Error as error:
            raise OutboxError("OUTBOX-01", type(error).__name__) from error

    def _check_owner(self) -> None:
        if threading.get_ident() != self._owner:
            raise RuntimeError("the outbox belongs to another thread")

    def _check_in_place(self) -> None:
        """Another process may have set the file aside: a row put into it now would never be sent."""
        try:
            in_place = os.stat(self._path).st_ino == self._inode
        except OSError as error:
            raise OutboxError("OUTBOX-02", "the file is gone") from error
        if not in_place:
            raise OutboxError("OUTBOX-02", "the file was replaced")


def _insert(run: Callable[..., apsw.Cursor], row: NewRow, parcel: bytes) -> bool:
    """Insert one row unless its id was put before; whether it was new."""
    values = (str(row.id), row.reference, row.destination, str(row.destination_id), row.department, row.status_index)
    remote = (None, None) if row.submission_id is None else (str(row.submission_id), str(row.case_id))
    state = RowState.UPLOADING if row.submission_id else RowState.SEALED
    inserted = run(
        "INSERT INTO submission (id, reference, destination, destination_id, department, status_index, created_day,"
        " state, submission_id, case_id, digest, size_bytes) SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12"
        " WHERE NOT EXISTS (SELECT 1 FROM tombstone WHERE id = ?1) ON CONFLICT (id) DO NOTHING RETURNING id",
        (*values, row.created_day.isoformat(), state.value, *remote, parcel_digest(parcel), len(parcel)),
    ).get
    if inserted:
        run("INSERT INTO sealed (id, parcel) VALUES (?, ?)", (str(row.id), parcel))
    return bool(inserted)


def _as_json(states: frozenset[RowState]) -> str:
    return json.dumps(sorted(states))
