"""Valid sample answers for every field kind, for the proof that a procedure can be completed.

The samples name nobody: they come from the ranges kept free for examples.
"""

from __future__ import annotations

from datetime import date, timedelta

from kiosk.procedures.fields import (
    Address,
    ChipNumber,
    Choice,
    Choices,
    Confirm,
    Date,
    Email,
    Iban,
    LongText,
    Name,
    Number,
    Phone,
    Plate,
    Postcode,
    Text,
    YesNo,
)
from kiosk.procedures.model import Field

_LETTERS = "Beispiel Muster Probe "


def branches(field: Field) -> tuple[str, ...]:
    """Every answer that may open or close other questions: options, yes and no, and empty where that is allowed."""
    empty = () if field.required else ("",)
    match field:
        case Choice() | Choices():
            return tuple(option.id for option in field.options) + empty
        case YesNo():
            return ("no", "yes", *empty)
        case Confirm():
            return ("yes", *empty)
        case _:
            return empty


def samples(field: Field, today: date) -> tuple[str, ...]:
    """Valid texts for one field, the likeliest first; a check may refuse one and allow the next."""
    match field:
        case Date():
            return tuple((today + timedelta(days=days)).isoformat() for days in (-7, 0, 7, -10_000))
        case Text() | LongText():
            return _of_length(field.minimum, field.maximum)
        case Name():
            return _of_length(field.minimum, field.maximum)
        case Number():
            return (str(field.minimum), str(field.maximum))
        case _:
            return branches(field) if branches(field)[:1] not in ((), ("",)) else _FIXED[type(field)]


def _of_length(minimum: int, maximum: int) -> tuple[str, ...]:
    return tuple((text * (minimum // len(text) + 1)).strip()[:maximum] for text in (_LETTERS, "Probe Muster "))


_FIXED: dict[type[Field], tuple[str, ...]] = {
    Address: ("Musterallee 17\n03046\nCottbus", "Probeweg 3\n03042\nCottbus"),
    ChipNumber: tuple(f"27609810234567{digit}" for digit in range(10)),
    Email: ("name@example.org", "other@example.org"),
    Iban: ("DE02120300000000202051", "DE02500105170137075030"),
    Phone: ("030 23125 001", "030 23125 002"),
    Plate: ("CB-AB 123", "CB-AB 456"),
    Postcode: ("03046", "03042"),
}
