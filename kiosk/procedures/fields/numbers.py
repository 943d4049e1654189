"""Fields made of digits and signs with a fixed shape: counts, plates, chips, accounts."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from stdnum import iban
from stdnum.exceptions import InvalidChecksum, ValidationError

from kiosk.procedures.model import Field, Problem, Words

_PLATE = re.compile(r"([A-ZÄÖÜ]{1,3})[- ]+([A-Z]{1,2})[- ]*([1-9][0-9]{0,3})([EH]?)")
_PLATE_SIGNS = 8
_IBAN = re.compile(r"(?:DE[0-9]{20}|(?!DE)[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30})")


@dataclass(frozen=True, slots=True, kw_only=True)
class Number(Field):
    """A whole number between two bounds, both included."""

    minimum: int = 0
    maximum: int = 999

    @property
    def keyboard(self) -> Literal["letters", "digits", "email", "none"]:
        return "digits"

    def parse(self, text: str) -> str | Problem:
        digits = "".join(text.split())
        if not digits:
            return Problem("required")
        if not (digits.isascii() and digits.isdecimal()):
            return Problem("digits-only")
        number = int(digits[-18:]) if set(digits[:-18]) <= {"0"} else self.maximum + 1
        if number < self.minimum:
            return Problem("number-too-small", {"limit": self.minimum})
        if number > self.maximum:
            return Problem("number-too-large", {"limit": self.maximum})
        return str(number)

    def format(self, value: str, words: Words) -> str:
        return value

    def export(self, value: str) -> object:
        return int(value) if value else None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChipNumber(Field):
    """A dog's transponder number: 15 digits, ISO 11784, country or maker code first."""

    @property
    def keyboard(self) -> Literal["letters", "digits", "email", "none"]:
        return "digits"

    def parse(self, text: str) -> str | Problem:
        return _digits(text, 15)

    def format(self, value: str, words: Words) -> str:
        return f"{value[:3]} {value[3:7]} {value[7:11]} {value[11:]}" if value else ""

    def export(self, value: str) -> object:
        return value


@dataclass(frozen=True, slots=True, kw_only=True)
class Postcode(Field):
    """A German postcode: five digits, 01001 is the lowest."""

    @property
    def keyboard(self) -> Literal["letters", "digits", "email", "none"]:
        return "digits"

    def parse(self, text: str) -> str | Problem:
        return parse_postcode(text)

    def format(self, value: str, words: Words) -> str:
        return value

    def export(self, value: str) -> object:
        return value


@dataclass(frozen=True, slots=True, kw_only=True)
class Plate(Field):
    """A German number plate, "CB-AB 123", with E (electric) or H (historic) behind it; at most eight signs."""

    def parse(self, text: str) -> str | Problem:
        typed = " ".join(text.split()).upper()
        if not typed:
            return Problem("required")
        found = _PLATE.fullmatch(typed)
        if not found or sum(map(len, found.groups())) > _PLATE_SIGNS:
            return Problem("not-a-plate")
        return f"{found[1]}-{found[2]} {found[3]}{found[4]}"

    def format(self, value: str, words: Words) -> str:
        return value

    def export(self, value: str) -> object:
        return value


@dataclass(frozen=True, slots=True, kw_only=True)
class Iban(Field):
    """An account number: ISO 13616, mod 97, and the country's own length. Kept without blanks, shown in fours."""

    def parse(self, text: str) -> str | Problem:
        typed = "".join(text.split()).upper()
        if not typed:
            return Problem("required")
        if not _IBAN.fullmatch(typed):
            return Problem("not-an-iban")
        try:
            return str(iban.validate(typed))
        except InvalidChecksum:
            return Problem("iban-check-digit")
        except ValidationError:
            return Problem("not-an-iban")

    def format(self, value: str, words: Words) -> str:
        return " ".join(value[start : start + 4] for start in range(0, len(value), 4))

    def export(self, value: str) -> object:
        return value


def parse_postcode(text: str) -> str | Problem:
    """Five digits, not below the lowest postcode there is."""
    digits = _digits(text, 5)
    return Problem("not-a-postcode") if isinstance(digits, str) and digits < "01001" else digits


def _digits(text: str, expected: int) -> str | Problem:
    digits = "".join(text.split())
    if not digits:
        return Problem("required")
    if not (digits.isascii() and digits.isdecimal()):
        return Problem("digits-only")
    if len(digits) != expected:
        return Problem("length", {"expected": expected, "got": len(digits)})
    return digits
