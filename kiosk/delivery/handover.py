"""The way out for a terminal whose network or board is dead: sealed submissions in a file, for another one to deliver.

Rules
  1. The file is sealed as the outbox is: whoever finds it learns reference, destination and day, nothing else.
  2. Whoever gives away does not deliver: rows of a sound outbox are flagged before the file gets its name.
  3. Whoever takes in takes once: the row's id travels, and a tombstone counts.
  4. The service's ids travel too, because a submission under way may have arrived. Only the same client may ask
     for it again, so for any other client such a row stays in the file.

What comes back to where it was handed over is known there and stays flagged; `kiosk outbox retry` by name revives it.

What remains: a copy of the outbox from before the export, or a damaged file put back to its place, still sends what
was given away. Only a service that knows the same sealed bytes again notices that.

The file is lines of JSON: a head, a line for each submission, and the SHA-256 of all lines before it. It is written
whole or not at all, never over another one, and only its owner may read it.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import IO, Any
from uuid import UUID

from kiosk.delivery.outbox import Outbox
from kiosk.delivery.outbox_file import held_alone
from kiosk.delivery.parcel import pack, parcel_digest, unpack
from kiosk.delivery.row import NewRow, Row, RowState
from kiosk.delivery.salvage import salvage
from kiosk.errors import OutboxError

FORMAT = "rathaus-kiosk-outbox-export/1"
LINE_LIMIT_BYTES = 200_000_000
Item = tuple[Row, bytes]


@dataclass(frozen=True, slots=True)
class Exported:
    """What an export holds, and what could not be read of a damaged file."""

    rows: tuple[Row, ...]
    lost: tuple[str, ...] = ()

    def lines(self, file: Path) -> list[str]:
        """What the technician reads, who gave `file` for the export."""
        if not self.rows and not self.lost:
            return ["nothing to export: no file was made"]
        told = [f"{row.reference}  {row.destination}" for row in self.rows]
        told.append(f"{len(self.rows)} submissions in {file}: deliver them with `kiosk outbox import` elsewhere, once")
        return told + [f"not readable: {name}" for name in self.lost]


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import did. `left` may have arrived already, and this client may not ask."""

    taken: tuple[str, ...] = ()
    known: tuple[str, ...] = ()
    left: tuple[str, ...] = ()

    def lines(self) -> list[str]:
        """What the technician reads."""
        told = [f"{len(self.taken)} submissions taken, {len(self.known)} were here before"]
        told += [f"left in the file: {reference}" for reference in self.left]
        if self.left:
            told.append("these may have arrived: import them on a terminal with the client id of the export")
        return told


@dataclass(frozen=True, slots=True)
class Source:
    """An outbox and the client id under which its terminal delivers."""

    path: Path
    client_id: str


def export(source: Source, file: Path, names: Sequence[str] = ()) -> Exported:
    """Write these submissions, or all that are neither delivered nor handed over, to `file`; they stay here, flagged.

    Raises OutboxError OUTBOX-01 (`kiosk sync` is running: what it is just sending must not be given away),
    OUTBOX-02 (damaged: see `export_damaged`) or OUTBOX-04 (`file` exists or cannot be written).
    """
    if not source.path.exists():
        return Exported(())
    with held_alone(source.path):
        box = Outbox(source.path)
        try:
            rows = tuple(row for row in box.all_rows() if _goes(row, names))
            items = ((row, pack(box.sealed(row.id))) for row in rows)
            if rows:
                _write(file, source.client_id, items, lambda: box.hand_over(row.id for row in rows))
            return Exported(rows)
        finally:
            box.close()


def export_damaged(source: Source, file: Path, names: Sequence[str] = ()) -> Exported:
    """Write what is readable in a file set aside, which stays as it is. Raises OutboxError OUTBOX-04."""
    found = salvage(source.path, file.parent)
    items = [(row, parcel) for row, parcel in found.rows if _goes(row, names)]
    if items:
        _write(file, source.client_id, items, lambda: None)
    return Exported(tuple(row for row, _ in items), found.lost)


def take_in(target: Source, file: Path) -> Imported:
    """Put the submissions of an export into the outbox `target`, each once, whatever was taken in before.

    Raises OutboxError OUTBOX-04 for a file that is not a whole export: nothing was taken from it. OUTBOX-01 and
    OUTBOX-02 in between leave what was taken; the same call again goes on.
    """
    client = _checked(file)
    box = Outbox(target.path)
    names: dict[str, list[str]] = {"taken": [], "known": [], "left": []}
    try:
        for new in _submissions(file):
            if new.submission_id is not None and client != target.client_id:
                names["left"].append(new.reference)
            else:
                names["taken" if box.put([new]) else "known"].append(new.reference)
    finally:
        box.close()
    return Imported(**{kind: tuple(found) for kind, found in names.items()})


def _goes(row: Row, names: Sequence[str]) -> bool:
    """Delivered ones never; those handed over before only when they are named."""
    if row.state is RowState.DELIVERED:
        return False
    return any(map(row.answers_to, names)) if names else not row.handed_over


# ---- writing ----------------------------------------------------------------------------------


def _write(file: Path, client_id: str, items: Iterable[Item], before_named: Callable[[], None]) -> None:
    """Durable and whole under its name, or not there. `before_named` runs when only the name is missing."""
    try:
        with _reserved(file), _unnamed(file.parent) as (part, written):
            _write_lines(written, client_id, items)
            written.flush()
            os.fsync(written.fileno())
            before_named()
            part.replace(file)
            _make_names_durable(file.parent)
    except FileExistsError as error:
        raise OutboxError("OUTBOX-04", f"{file} exists already") from error
    except OSError as error:
        raise OutboxError("OUTBOX-04", f"{file}: {error.strerror}") from error


@contextmanager
def _reserved(file: Path) -> Iterator[None]:
    """The name, empty until the content takes its place: a stick with FAT has no links. Freed again on failure."""
    os.close(os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    try:
        yield
    except BaseException:
        file.unlink(missing_ok=True)
        raise


@contextmanager
def _unnamed(folder: Path) -> Iterator[tuple[Path, IO[bytes]]]:
    handle, name = tempfile.mkstemp(prefix=".export-", dir=folder)  # 0600
    try:
        with os.fdopen(handle, "wb") as written:
            yield Path(name), written
    finally:
        with suppress(FileNotFoundError):
            os.unlink(name)


def _make_names_durable(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _write_lines(written: IO[bytes], client_id: str, items: Iterable[Item]) -> None:
    digest = hashlib.sha256()

    def line(value: object) -> None:
        text = json.dumps(value, ensure_ascii=True).encode("ascii") + b"\n"
        digest.update(text)
        written.write(text)

    line({"format": FORMAT, "client": client_id, "exported": datetime.now(UTC).isoformat(timespec="seconds")})
    for row, parcel in items:
        line(_as_json(row, parcel))
    line({"sha256": digest.hexdigest()})


def _as_json(row: Row, parcel: bytes) -> dict[str, str | None]:
    return {
        "id": str(row.id),
        "reference": row.reference,
        "destination": row.destination,
        "destination_id": str(row.destination_id),
        "department": row.department,
        "status_index": row.status_index,
        "created_day": row.created_day.isoformat(),
        "state": row.state.value,
        "submission_id": str(row.submission_id) if row.submission_id else None,
        "case_id": str(row.case_id) if row.case_id else None,
        "digest": row.digest,
        "parcel": parcel.decode("ascii"),
    }


# ---- reading ----------------------------------------------------------------------------------


def _checked(file: Path) -> str:
    """The client that made the export, after every line of it was found whole and well-formed."""
    digest, last = hashlib.sha256(), b""
    with _refusing(file), file.open("rb") as lines:
        head = json.loads(_line(lines))
        if head["format"] != FORMAT or not isinstance(head["client"], str):
            raise ValueError("format")
        lines.seek(0)
        while line := _line(lines):
            digest.update(last)
            last = line
        if json.loads(last)["sha256"] != digest.hexdigest():
            raise ValueError("digest")
        client: str = head["client"]
    for _ in _submissions(file):
        pass
    return client


def _submissions(file: Path) -> Iterator[NewRow]:
    """The submissions of a whole export. Raises OutboxError OUTBOX-04 at one that is not what it says."""
    with _refusing(file), file.open("rb") as lines:
        _line(lines)
        line = _line(lines)
        while following := _line(lines):
            yield _new_row(json.loads(line))
            line = following


def _line(lines: IO[bytes]) -> bytes:
    line = lines.readline(LINE_LIMIT_BYTES)
    if len(line) == LINE_LIMIT_BYTES:
        raise ValueError("line too long")
    return line


def _new_row(said: dict[str, Any]) -> NewRow:
    parcel = said["parcel"].encode("ascii")
    if parcel_digest(parcel) != said["digest"]:
        raise ValueError("sealed parts changed")
    under_way = said["submission_id"] is not None
    texts = [said[name] for name in ("reference", "destination", "department", "status_index")]
    if not all(isinstance(text, str) for text in texts):
        raise TypeError("text expected")
    return NewRow(
        id=UUID(said["id"]),
        reference=said["reference"],
        destination=said["destination"],
        destination_id=UUID(said["destination_id"]),
        department=said["department"],
        status_index=said["status_index"],
        created_day=date.fromisoformat(said["created_day"]),
        sealed=unpack(parcel),
        submission_id=UUID(said["submission_id"]) if under_way else None,
        case_id=UUID(said["case_id"]) if under_way else None,
    )


@contextmanager
def _refusing(file: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise OutboxError("OUTBOX-04", f"{file}: {error.strerror}") from error
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise OutboxError("OUTBOX-04", f"{file} is not a whole export") from error
