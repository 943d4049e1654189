"""Where a person lives and how to reach them: address, telephone, e-mail."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from email_validator import EmailNotValidError, validate_email

from kiosk.procedures.fields import letters
from kiosk.procedures.fields.numbers import parse_postcode
from kiosk.procedures.model import Field, Problem, Words

_PHONE = re.compile(r"\+?[0-9 /()-]{5,20}", re.ASCII)
_PHONE_DIGITS = 5
STREET_LIMIT = 55  # XInneres 8, F60000000243
CITY_LIMIT = 80


@dataclass(frozen=True, slots=True, kw_only=True)
class Phone(Field):
    """A telephone number as people write it; nothing is dialled, so only its signs are checked."""

    @property
    def keyboard(self) -> Literal["letters", "digits", "email", "none"]:
        return "digits"

    def parse(self, text: str) -> str | Problem:
        line = " ".join(text.split())
        if not line:
            return Problem("required")
        digits = sum(sign.isdecimal() for sign in line)
        return line if _PHONE.fullmatch(line) and digits >= _PHONE_DIGITS else Problem("not-a-phone")

    def format(self, value: str, words: Words) -> str:
        return value

    def export(self, value: str) -> object:
        return value


@dataclass(frozen=True, slots=True, kw_only=True)
class Email(Field):
    """An e-mail address by its shape alone: the terminal has no name service to ask."""

    @property
    def keyboard(self) -> Literal["letters", "digits", "email", "none"]:
        return "email"

    def parse(self, text: str) -> str | Problem:
        typed = text.strip()
        if not typed:
            return Problem("required")
        if len(typed) > 254:
            return Problem("too-long", {"limit": 254})
        try:
            return validate_email(typed, check_deliverability=False, allow_smtputf8=False).normalized
        except (EmailNotValidError, ValueError):
            return Problem("not-an-email")

    def format(self, value: str, words: Words) -> str:
        return value

    def export(self, value: str) -> object:
        return value


@dataclass(frozen=True, slots=True, kw_only=True)
class Address(Field):
    """A German postal address as three lines: street with house number, postcode, city.

    Only a card may leave the street empty (places without street names); typed, it is wanted.
    """

    def parse(self, text: str) -> str | Problem:
        lines = text.split("\n")
        if not text.strip():
            return Problem("required")
        if len(lines) != 3:
            return Problem("address-lines")
        street = _line(lines[0], STREET_LIMIT, "address-street")
        postcode = parse_postcode(lines[1])
        city = _line(lines[2], CITY_LIMIT, "address-city")
        if isinstance(street, Problem):
            return street
        if isinstance(postcode, Problem):
            return Problem("address-postcode")
        return city if isinstance(city, Problem) else f"{street}\n{postcode}\n{city}"

    def format(self, value: str, words: Words) -> str:
        if not value:
            return ""
        street, postcode, city = value.split("\n")
        return "\n".join(filter(None, (street, f"{postcode} {city}".strip())))

    def export(self, value: str) -> object:
        if not value:
            return None
        street, postcode, city = value.split("\n")
        return {"street": street, "postcode": postcode, "city": city}


def _line(text: str, limit: int, missing: str) -> str | Problem:
    line = letters.fold_line(text)
    if isinstance(line, Problem):
        return line
    return letters.within(line, 1, limit) if line else Problem(missing)
