"""Reads what is still readable of an outbox's file that does not open, and leaves the file as it is.

Rules
  1. It works on a copy of file and log: not even SQLite's own repair touches what was set aside.
  2. Rows are looked up one by one, so that a spoiled page costs its own rows only; indexes are not believed.
  3. Sealed parts count only if their digest is the row's: what is given out is what was put.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

import apsw

from kiosk.delivery.parcel import parcel_digest
from kiosk.delivery.row import COLUMNS, Row, RowState, read_row
from kiosk.errors import OutboxError

_GAP = 10_000  # so many rows without a readable one end the search, if the file no longer says how far they go
_OPEN_END = 2**62


@dataclass(frozen=True, slots=True)
class Salvage:
    """What was found: rows not delivered with their parcels, and the names of what could not be read."""

    rows: tuple[tuple[Row, bytes], ...] = field(repr=False)
    lost: tuple[str, ...]


def salvage(path: Path, room: Path) -> Salvage:
    """Everything readable in the file `path`; `room` is a folder that can take a copy of it.

    `lost` names an id where one is known. Raises OutboxError OUTBOX-04 if nothing in it can be read at all.
    """
    try:
        with TemporaryDirectory(prefix=".salvage-", dir=room) as folder:
            copy = Path(folder, "outbox")
            shutil.copyfile(path, copy)
            if (log := path.with_name(path.name + "-wal")).exists():
                shutil.copyfile(log, copy.with_name("outbox-wal"))
            connection = apsw.Connection(str(copy))
            try:
                return _salvaged(connection)
            finally:
                connection.close()
    except (apsw.Error, OSError) as error:
        raise OutboxError("OUTBOX-04", f"nothing readable in {path.name}: {type(error).__name__}") from error


def _salvaged(connection: apsw.Connection) -> Salvage:
    parcels = {str(found[0]): rowid for rowid, found in _each(connection, "sealed", "id") if found}
    rows, lost, unreadable = [], [], []
    for rowid, found in _each(connection, "submission", COLUMNS):
        row = _sound(found)
        if row is None:
            unreadable.append(rowid)
            continue
        parcel = _parcel(connection, parcels.pop(str(row.id), None))
        if row.state is RowState.DELIVERED:
            continue
        if parcel is not None and parcel_digest(parcel) == row.digest:
            rows.append((row, parcel))
        else:
            lost.append(str(row.id))
    orphans = [f"{name} (sealed parts without their row)" for name in parcels]
    return Salvage(tuple(rows), (*lost, *orphans, *_spans(unreadable)))


def _spans(rowids: list[int]) -> list[str]:
    """Neighbours together: what lay on one spoiled page."""
    spans: list[tuple[int, int]] = []
    for rowid in rowids:
        if spans and spans[-1][1] == rowid - 1:
            spans[-1] = (spans[-1][0], rowid)
        else:
            spans.append((rowid, rowid))
    return [f"rows {first} to {last}, if there were so many" for first, last in spans]


def _each(
    connection: apsw.Connection, table: str, columns: str
) -> Iterator[tuple[int, tuple[apsw.SQLiteValue, ...] | None]]:
    """Every row by its rowid; None where a spoiled page is in the way."""
    first, last = _ends(connection, table)
    missed = 0
    for rowid in range(first, last + 1):
        try:
            query = f"SELECT {columns} FROM {table} NOT INDEXED WHERE rowid = ?"  # noqa: S608  # this module's own names
            found = connection.execute(query, (rowid,)).fetchone()
        except apsw.Error:
            yield rowid, None
            found = None
        else:
            if found is not None:
                yield rowid, found
        missed = 0 if found else missed + 1
        if last == _OPEN_END and missed > _GAP:
            return


def _ends(connection: apsw.Connection, table: str) -> tuple[int, int]:
    """The first and last rowid, as far as the file says."""
    ends = []
    for end, otherwise in (("min", 1), ("max", _OPEN_END)):
        try:
            found = connection.execute(f"SELECT {end}(rowid) FROM {table} NOT INDEXED").get  # noqa: S608
        except apsw.CorruptError:
            found = otherwise
        ends.append(int(found) if isinstance(found, int) else 0)
    return ends[0], ends[1]


def _sound(found: tuple[apsw.SQLiteValue, ...] | None) -> Row | None:
    if found is None:
        return None
    try:
        return read_row(*found)
    except (ValueError, TypeError, AttributeError):
        return None


def _parcel(connection: apsw.Connection, rowid: int | None) -> bytes | None:
    if rowid is None:
        return None
    try:
        parcel = connection.execute("SELECT parcel FROM sealed NOT INDEXED WHERE rowid = ?", (rowid,)).get
    except apsw.Error:
        return None
    return parcel if isinstance(parcel, bytes) else None
