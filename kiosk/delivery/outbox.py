"""The only thing the terminal writes about a citizen: sealed submissions, until they are safely elsewhere.

Rules
  1. One connection, owned by the thread that opened it; `kiosk run` only puts, `kiosk sync` only
     acknowledges and buries. WAL and synchronous=FULL: what `put` returned from survives a power cut.
  2. One application is one transaction: all its submissions or none.
  3. A state moves only along MOVES, and a remote id is stored before the next remote step.
  4. Nothing expires silently: a refused submission stays, flagged; a delivered one keeps its sealed
     parts for KEPT_DAYS and leaves a tombstone.
  5. A damaged file is set aside untouched; while it lies there the outbox does not open.

A row holds: id, reference, destination, department, status index, days made and delivered, state, remote ids,
attempts, next attempt, last error code, digest, size. The sealed parts lie in a table of their own, in whole 4 kB.
"""

from __future__ import annotations

import json
import os
import secrets
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum
from pathlib import Path
from types import MappingProxyType
from typing import Any
from uuid import UUID

import apsw

from kiosk.delivery.outbox_file import CHECKPOINT_BYTES, open_file
from kiosk.delivery.parcel import pack, parcel_digest, unpack
from kiosk.delivery.submission import SealedSubmission
from kiosk.errors import OutboxError

KEPT_DAYS = 14
LONGEST_WAIT_S = 7200.0  # twice what any service may ask for: a later date is a clock that jumped

_COLUMNS = (
    "id, reference, destination, destination_id, department, status_index, created_day, settled_day, state,"
    " submission_id, case_id, attempts, next_attempt, last_error, digest, size_bytes"
)


class RowState(StrEnum):
    """How far one submission is on its way to the delivery service."""

    SEALED = "sealed"
    ANNOUNCED = "announced"
    UPLOADING = "uploading"
    SUBMITTED = "submitted"
    DELIVERED = "delivered"
    QUARANTINED = "quarantined"


_UNDER_WAY = frozenset({RowState.SEALED, RowState.ANNOUNCED, RowState.UPLOADING, RowState.SUBMITTED})

# From which states each state may be entered. Back to SEALED: the service forgot an announced submission.
# Back to UPLOADING: the service does not show the token yet, so the (repeatable) upload runs again.
MOVES = MappingProxyType(
    {
        RowState.SEALED: _UNDER_WAY | {RowState.QUARANTINED},
        RowState.ANNOUNCED: frozenset({RowState.SEALED}),
        RowState.UPLOADING: frozenset(
            {RowState.ANNOUNCED, RowState.UPLOADING, RowState.SUBMITTED, RowState.QUARANTINED}
        ),
        RowState.SUBMITTED: frozenset({RowState.UPLOADING}),
        RowState.DELIVERED: frozenset({RowState.SUBMITTED}),
        RowState.QUARANTINED: _UNDER_WAY,
    }
)


@dataclass(frozen=True, slots=True)
class NewRow:
    """A sealed submission to be kept."""

    id: UUID
    reference: str
    destination: str
    destination_id: UUID
    department: str
    status_index: str = field(repr=False)
    created_day: date
    sealed: SealedSubmission


@dataclass(frozen=True, slots=True)
class Row:
    """What the outbox knows about one submission. `next_attempt` is seconds since 1970, 0 = at once."""

    id: UUID
    reference: str
    destination: str
    destination_id: UUID
    department: str
    status_index: str = field(repr=False)
    created_day: date
    settled_day: date | None
    state: RowState
    submission_id: UUID | None
    case_id: UUID | None
    attempts: int
    next_attempt: float
    last_error: str | None
    digest: str
    size_bytes: int


class Outbox:
    """The open outbox. Every method runs on the thread that made it; all raise OutboxError."""

    def __init__(self, path: Path, *, vfs: str | None = None) -> None:
        """Open or create. Raises OutboxError OUTBOX-02 (damaged, now set aside) or OUTBOX-01 (cannot be opened)."""
        self._path = path
        self._owner = threading.get_ident()
        self._connection = open_file(path, vfs)
        self._inode = os.stat(path).st_ino

    # ---- kiosk run --------------------------------------------------------------------------

    def put(self, rows: Sequence[NewRow]) -> None:
        """Store all submissions of one application durably, in one transaction.

        Repeatable: a row whose id is already there was stored before, and stays as it is. Raises
        OutboxError OUTBOX-01 (nothing stored) or OUTBOX-02.
        """
        parcels = [pack(row.sealed) for row in rows]
        self._check_in_place()
        try:
            with self._writing() as run:
                for row, parcel in zip(rows, parcels, strict=True):
                    _insert(run, row, parcel)
        except OutboxError:
            self._write_over_log()
            raise

    # ---- kiosk sync -------------------------------------------------------------------------

    def due(self, now: float, limit: int = 20) -> tuple[Row, ...]:
        """Submissions whose time has come, longest waiting first; also those the clock jumped away from."""
        return self._rows(
            "WHERE state IN (SELECT value FROM json_each(?)) AND (next_attempt <= ? OR next_attempt > ?)"
            " ORDER BY next_attempt, rowid LIMIT ?",
            (_as_json(_UNDER_WAY), now, now + LONGEST_WAIT_S, limit),
        )

    def next_due(self) -> float | None:
        """When the next submission wants an attempt, seconds since 1970; None if nothing is under way."""
        found: Any = self._one(
            "SELECT min(next_attempt) FROM submission WHERE state IN (SELECT value FROM json_each(?))",
            (_as_json(_UNDER_WAY),),
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

    def postpone(self, row_id: UUID, code: str, until: float) -> None:
        """An attempt failed with an error code; the next one is due `until` (seconds since 1970)."""
        with self._writing() as run:
            run(
                "UPDATE submission SET attempts = attempts + 1, last_error = ?, next_attempt = ? WHERE id = ?",
                (code, until, str(row_id)),
            )

    def quarantine(self, row_id: UUID, code: str) -> None:
        """The service refuses this one: kept, flagged, not tried again until `retry`."""
        self._move(row_id, RowState.QUARANTINED, "last_error = ?, attempts = attempts + 1", (code,))

    def bury(self, today: date) -> int:
        """Replace what was delivered more than KEPT_DAYS ago by tombstones; how many."""
        old = "(SELECT id FROM submission WHERE state = 'delivered' AND settled_day < ?)"
        before = ((today - timedelta(days=KEPT_DAYS)).isoformat(),)
        with self._writing() as run:
            run(f"INSERT INTO tombstone SELECT id, digest, reference FROM submission WHERE id IN {old}", before)  # noqa: S608  # no values in the text
            run(f"DELETE FROM sealed WHERE id IN {old}", before)  # noqa: S608
            run("DELETE FROM submission WHERE state = 'delivered' AND settled_day < ?", before)
            return self._connection.changes()

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
        if (found := self.row(row_id)) is None:
            raise OutboxError("OUTBOX-01", "no such submission")
        if found.state is RowState.QUARANTINED:
            self.acknowledge(row_id, RowState.UPLOADING if found.submission_id else RowState.SEALED)
        with self._writing() as run:
            run("UPDATE submission SET attempts = 0, next_attempt = 0 WHERE id = ?", (str(row_id),))

    def tidy(self) -> None:
        """Move a long write-ahead log into the file, when nobody waits for a save."""
        log = self._path.with_name(self._path.name + "-wal")
        if log.exists() and log.stat().st_size > CHECKPOINT_BYTES:
            with self._guarded():
                self._connection.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_PASSIVE)

    def close(self) -> None:
        """What is committed is safe, even if the disk refuses to move the log into the file now."""
        with suppress(OutboxError), self._guarded():
            self._connection.close()

    # ---- inside -----------------------------------------------------------------------------

    def _write_over_log(self) -> None:
        """A commit whose sync failed lies in the log as if it were whole, and a crash would bring it back.

        The next transaction takes its place, so one is written at once. If the disk refuses that too, nothing helps.
        """
        with suppress(OutboxError), self._writing() as run:
            run(f"PRAGMA user_version = {secrets.randbits(31)}")

    def _move(self, row_id: UUID, state: RowState, change: str, values: tuple[str, ...]) -> None:
        with self._writing() as run:
            run(
                f"UPDATE submission SET state = ?, {change}"  # noqa: S608  # `change` is this module's own text
                " WHERE id = ? AND state IN (SELECT value FROM json_each(?))",
                (state.value, *values, str(row_id), _as_json(MOVES[state])),
            )
            if self._connection.changes() != 1:
                raise RuntimeError(f"no such row, or it may not become {state.value}")

    def _rows(self, where: str, values: tuple[apsw.SQLiteValue, ...]) -> tuple[Row, ...]:
        with self._guarded():
            found = self._connection.execute(f"SELECT {_COLUMNS} FROM submission {where}", values)  # noqa: S608
            return tuple(_row(*columns) for columns in found)

    def _one(self, query: str, values: tuple[apsw.SQLiteValue, ...]) -> apsw.SQLiteValue:
        with self._guarded():
            return self._connection.execute(query, values).get

    @contextmanager
    def _writing(self) -> Iterator[Callable[..., apsw.Cursor]]:
        with self._guarded():
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection.execute
                self._connection.execute("COMMIT")
            except BaseException:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
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


def _insert(run: Callable[..., apsw.Cursor], row: NewRow, parcel: bytes) -> None:
    """Insert one row unless its id is there already."""
    values = (str(row.id), row.reference, row.destination, str(row.destination_id), row.department, row.status_index)
    inserted = run(
        "INSERT INTO submission (id, reference, destination, destination_id, department, status_index, created_day,"
        " state, digest, size_bytes) VALUES (?, ?, ?, ?, ?, ?, ?, 'sealed', ?, ?)"
        " ON CONFLICT (id) DO NOTHING RETURNING id",
        (*values, row.created_day.isoformat(), parcel_digest(parcel), len(parcel)),
    ).get
    if inserted:
        run("INSERT INTO sealed (id, parcel) VALUES (?, ?)", (str(row.id), parcel))


def _row(*columns: Any) -> Row:
    """A row from _COLUMNS, in their order."""
    own_id, reference, destination, destination_id, department, status_index, day, *rest = columns
    settled, state, submission_id, case_id, attempts, next_attempt, last_error, digest, size = rest
    return Row(
        id=UUID(own_id),
        reference=reference,
        destination=destination,
        destination_id=UUID(destination_id),
        department=department,
        status_index=status_index,
        created_day=date.fromisoformat(day),
        settled_day=date.fromisoformat(settled) if settled else None,
        state=RowState(state),
        submission_id=UUID(submission_id) if submission_id else None,
        case_id=UUID(case_id) if case_id else None,
        attempts=attempts,
        next_attempt=next_attempt,
        last_error=last_error,
        digest=digest,
        size_bytes=size,
    )


def _as_json(states: frozenset[RowState]) -> str:
    return json.dumps(sorted(states))
