"""A date whose day or month may be unknown, and how two such dates compare.

Kept is ISO 8601 with unknown parts left out: "1964", "1964-08", "1964-08-15".
"""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date
from typing import Literal

from kiosk.procedures.model import Field, Problem, Words

FIRST_YEAR, LAST_YEAR = 1850, 2199
UNKNOWN = frozenset({"", "0", "00", "x", "xx", "?", "??", "-", "--"})
_ISO = re.compile(r"(\d{4})(?:-(\d{1,2}))?(?:-(\d{1,2}))?", re.ASCII)
_COMPACT = re.compile(r"(\d\d)?(\d\d)(\d{4})", re.ASCII)
_GERMAN = re.compile(r"(?:(?:([^.]*)\.)?([^.]*)\.)?(\d{4})", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Date(Field):
    """A date typed as TT.MM.JJJJ, MM.JJJJ or JJJJ, from three boxes ("..1964"), or ISO.

    `precision` is the least that is wanted.
    """

    precision: Literal["day", "month", "year"] = "day"

    @property
    def keyboard(self) -> Literal["letters", "digits", "email", "none"]:
        return "digits"

    def parse(self, text: str) -> str | Problem:
        typed = re.sub(r"\.$", "", "".join(text.split()).lower().replace("/", ".").replace(",", "."))
        if not typed.strip("."):
            return Problem("required")
        parts = _parts(typed)
        if parts is None:
            return Problem("not-a-date")
        value = _canonical(*parts)
        return value if isinstance(value, Problem) else self._precise(value)

    def format(self, value: str, words: Words) -> str:
        return words.date(value)

    def export(self, value: str) -> object:
        return value

    def _precise(self, value: str) -> str | Problem:
        if self.precision == "day" and len(value) < len("2026-11-22"):
            return Problem("date-needs-day")
        if self.precision == "month" and len(value) < len("2026-11"):
            return Problem("date-needs-month")
        return value


def earliest(value: str) -> date:
    """The first day a partial date can mean."""
    return date.fromisoformat(value + "-01-01"[: len("2026-11-22") - len(value)])


def latest(value: str) -> date:
    """The last day a partial date can mean."""
    if len(value) == len("2026-11-22"):
        return date.fromisoformat(value)
    year, _, month = value.partition("-")
    return date(int(year), int(month or 12), monthrange(int(year), int(month or 12))[1])


def _parts(typed: str) -> tuple[int, int, int] | None:
    """Year, month and day as numbers, 0 where unknown; None if this is no date at all."""
    if found := _ISO.fullmatch(typed):
        year, month, day = found[1], found[2] or "", found[3] or ""
    elif found := _COMPACT.fullmatch(typed) or _GERMAN.fullmatch(typed):
        year, month, day = found[3], found[2] or "", found[1] or ""
    else:
        return None
    numbers = [_number(part) for part in (month, day)]
    if None in numbers:
        return None
    return int(year), numbers[0] or 0, numbers[1] or 0


def _number(part: str) -> int | None:
    if part in UNKNOWN:
        return 0
    return int(part) if part.isascii() and part.isdecimal() and len(part) <= 2 else None


def _canonical(year: int, month: int, day: int) -> str | Problem:
    if not FIRST_YEAR <= year <= LAST_YEAR:
        return Problem("date-year", {"first": FIRST_YEAR, "last": LAST_YEAR})
    if day and not month:
        return Problem("not-a-date")
    if month > 12 or (day and day > monthrange(year, month)[1]):
        return Problem("no-such-day")
    return f"{year:04d}" + (f"-{month:02d}" if month else "") + (f"-{day:02d}" if day else "")
