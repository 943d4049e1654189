"""Texts and dates as cards hold them, whichever application they are in.

What a card says is a stranger's data: sizes are bounded, control characters refused, CardError CARD-07 the only error.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import date
from typing import Final

from devices.cards.wire import tlv
from kiosk.errors import CardError

UTF8, NUMERIC, PRINTABLE, IA5 = 0x0C, 0x12, 0x13, 0x16
TEXT_TAGS: Final = frozenset({UTF8, NUMERIC, PRINTABLE, IA5})
MAX_TEXT_BYTES: Final = 4096
EARLIEST_YEAR: Final = 1850
# Unknown parts are blank (TR-03110-4), filler (ICAO 9303-3) or zero (seen in either).
UNKNOWN: Final = frozenset({"  ", "<<", "00"})
WHOLE_DATE: Final = re.compile(r"([0-9]{4})([0-9]{2}|  |<<)([0-9]{2}|  |<<)")
NOTHING_KNOWN: Final = frozenset({" " * 8, "<" * 8, "0" * 8})


def only_text(content: bytes) -> bytes:
    """The bytes of the one ASN.1 text that `content` must be."""
    objects = tlv.parse(content)
    if len(objects) != 1 or objects[0].tag not in TEXT_TAGS:
        raise CardError("CARD-07", "a text on the card is of no text type")
    return objects[0].value


def card_text(value: bytes) -> str:
    """UTF-8 without control characters, blanks around it taken off."""
    if len(value) > MAX_TEXT_BYTES:
        raise CardError("CARD-07", "a text on the card is too long")
    try:
        text = value.decode("utf-8")
    except UnicodeDecodeError:
        raise CardError("CARD-07", "a text on the card is not UTF-8") from None
    if any(unicodedata.category(sign) in ("Cc", "Cs") for sign in text):
        raise CardError("CARD-07", "a text on the card has control characters")
    return text.strip()


def partial_date(text: str) -> str:
    """YYYYMMDD with unknown parts -> ISO 8601 with unknown parts left out; "" where nothing is known."""
    if text in NOTHING_KNOWN:
        return ""
    found = WHOLE_DATE.fullmatch(text)
    if found is None:
        raise CardError("CARD-07", "a date on the card is malformed")
    year, month, day = found.groups()
    known_month, known_day = month not in UNKNOWN, day not in UNKNOWN
    if known_day and not known_month:
        raise CardError("CARD-07", "a date on the card has a day but no month")
    _check(int(year), int(month) if known_month else 1, int(day) if known_day else 1)
    return "-".join([year, *([month] if known_month else []), *([day] if known_day else [])])


def whole_date(text: str) -> date:
    """A YYYYMMDD of which every part is known."""
    iso = partial_date(text)
    if len(iso) != len("2026-11-25"):
        raise CardError("CARD-07", "a date on the card is incomplete")
    return date.fromisoformat(iso)


def _check(year: int, month: int, day: int) -> None:
    try:
        date(year, month, day)
    except ValueError:
        raise CardError("CARD-07", "a date on the card is no day") from None
    if year < EARLIEST_YEAR:
        raise CardError("CARD-07", "a date on the card is too long ago")
