"""Where is my application? What central knows, joined with what still lies in this terminal's outbox.

Rules
  1. Each submission appears once: central's word counts where it has one, else the outbox's.
  2. Only a token opens anything, and guesses are slowed: a few wrong ones, then one every half minute.
  3. An answer names departments and nobody else. Every field from outside is checked and bounded.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from kiosk.application import CaseState, StatusEntry
from kiosk.delivery.outbox import Row, RowState
from kiosk.errors import StatusError

TOWN_TIME = ZoneInfo("Europe/Berlin")
WRONG_AT_ONCE = 5
WRONG_EVERY_S = 30.0
_TEXT_LIMIT = 300
_ENTRIES_LIMIT = 50


class Guesses:
    """How many wrong codes are still allowed. `clock` gives monotonic seconds."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._left = float(WRONG_AT_ONCE)
        self._at = clock()

    def check(self) -> None:
        """Raises StatusError STATUS-02 while there were too many wrong codes."""
        now = self._clock()
        self._left = min(WRONG_AT_ONCE, self._left + (now - self._at) / WRONG_EVERY_S)
        self._at = now
        if self._left < 1:
            raise StatusError("STATUS-02")

    def wrong(self) -> None:
        self._left -= 1


def entry_of(row: Row, phone: str) -> StatusEntry:
    """What the outbox says about one submission. The outbox knows days, so `since` is that day's midnight."""
    state = CaseState.TRANSMITTED if row.state is RowState.DELIVERED else CaseState.RECORDED
    since = datetime.combine(row.settled_day or row.created_day, time(), TOWN_TIME)
    return StatusEntry(row.department, state, since, phone, row.reference)


def merge(central: Iterable[StatusEntry], outbox: Iterable[StatusEntry]) -> tuple[StatusEntry, ...]:
    """Central's entries, then those of the outbox that central does not know yet."""
    known = tuple(central)
    references = {entry.reference for entry in known}
    return known + tuple(entry for entry in outbox if entry.reference not in references)


def to_json(entry: StatusEntry) -> dict[str, str]:
    return {
        "department": entry.department,
        "state": entry.state.value,
        "since": entry.since.isoformat(),
        "phone": entry.phone,
        "reference": entry.reference,
    }


def read_entries(answer: Mapping[str, Any]) -> tuple[StatusEntry, ...]:
    """The entries of an answer of central, or of `kiosk sync`. Raises StatusError STATUS-01 for any other shape."""
    try:
        entries = answer["entries"]
        if not isinstance(entries, list) or len(entries) > _ENTRIES_LIMIT:
            raise ValueError("entries")
        return tuple(_entry(item) for item in entries)
    except (KeyError, TypeError, ValueError) as error:
        raise StatusError("STATUS-01", "answer of another shape") from error


def _entry(item: Mapping[str, Any]) -> StatusEntry:
    since = datetime.fromisoformat(_text(item["since"]))
    if since.tzinfo is None:
        raise ValueError("a time without zone")
    return StatusEntry(
        department=_text(item["department"]),
        state=CaseState(item["state"]),
        since=since,
        phone=_text(item.get("phone", "")),
        reference=_text(item.get("reference", "")),
    )


def _text(value: object) -> str:
    if not isinstance(value, str) or len(value) > _TEXT_LIMIT:
        raise ValueError("a short text was expected")
    return value
