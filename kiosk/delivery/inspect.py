"""What a technician may see of the outbox and do about it: try again, or let go of what another terminal delivers.

Nothing readable is in it. Giving submissions to another terminal is handover.py's.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

from kiosk.delivery.outbox import Outbox, Row, RowState
from kiosk.errors import CATALOGUE


def listed(path: Path) -> tuple[Row, ...]:
    """All submissions, oldest first. Looking makes no outbox: nobody else could write to root's. Raises OutboxError."""
    if not path.exists():
        return ()
    box = Outbox(path)
    try:
        return box.all_rows()
    finally:
        box.close()


def found(path: Path, name: str) -> tuple[Row, ...]:
    """The submissions of a reference or of the beginning of an id, perhaps none. Raises OutboxError."""
    return tuple(row for row in listed(path) if row.answers_to(name))


def retry(path: Path, name: str = "") -> int:
    """Try these submissions again at once, without a name all refused ones; how many. Raises OutboxError.

    What was handed over to another terminal must be named: it would go twice.
    """
    every = listed(path) if not name else found(path, name)
    rows = [row for row in every if (row.state is not RowState.DELIVERED if name else _refused(row))]
    if not rows:
        return 0
    box = Outbox(path)
    try:
        for row in rows:
            box.retry(row.id)
    finally:
        box.close()
    return len(rows)


def remove(path: Path, name: str) -> int:
    """Let go of submissions that were handed over to another terminal; how many. Raises OutboxError."""
    rows = [row for row in found(path, name) if row.handed_over]
    if not rows:
        return 0
    box = Outbox(path)
    try:
        return sum(box.bury_handed_over(row.id) for row in rows)
    finally:
        box.close()


def _refused(row: Row) -> bool:
    return row.state is RowState.QUARANTINED and not row.handed_over


def as_lines(rows: Iterable[Row]) -> list[str]:
    """One line per submission for `kiosk outbox list`."""
    return [
        f"{str(row.id)[:8]}  {row.reference}  {row.created_day}  {row.state.value:<11}  {row.destination:<18}"
        f"  {row.attempts:>3} attempts  {row.last_error or '-'}"
        for row in rows
    ]


def as_details(row: Row) -> list[str]:
    """Everything the outbox knows about one submission, for `kiosk outbox show`."""
    following = datetime.fromtimestamp(row.next_attempt, UTC).isoformat(timespec="seconds")
    error = f"{row.last_error}: {CATALOGUE[row.last_error].meaning}" if row.last_error else "-"
    return [
        f"id              {row.id}",
        f"reference       {row.reference}",
        f"destination     {row.destination} ({row.destination_id})",
        f"department      {row.department}",
        f"created         {row.created_day}",
        f"delivered       {row.settled_day or '-'}",
        f"state           {row.state.value}",
        f"service's id    {row.submission_id or '-'}",
        f"case            {row.case_id or '-'}",
        f"attempts        {row.attempts}",
        f"next attempt    {following if row.next_attempt else 'at once'}",
        f"last error      {error}",
        f"size            {row.size_bytes} bytes sealed",
        f"digest          {row.digest}",
    ]
