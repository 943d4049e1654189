"""The machine-readable zone: three sizes, check digits, names, and the information that unlocks a chip.

Sources: ICAO 9303-3 §4 (fields, unknown dates, check digits, transliteration), 9303-4 (TD3), 9303-5 (TD1),
9303-6 (TD2), 9303-11 §4.3.2 and appendix D.2 (MRZ information).

Rules
  1. A zone is one text without line breaks, as DG1 holds it; every check digit must be right.
  2. Only letters A-Z, digits and the filler stand in it: names come transliterated, and long ones cut off.
  3. Nothing of a holder is in a repr.

Which century a birth year belongs to, and what a holder's name may be used for, is decided in holder.py.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum
from typing import Final

from devices.cards.applications.transliteration import transliterate
from kiosk.errors import CardError
from kiosk.identity import MrzKey

FILLER: Final = "<"
WEIGHTS: Final = (7, 3, 1)
NUMBER_LENGTH: Final = 9
ALPHABET: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
SIGN_VALUES: Final = {FILLER: 0} | {sign: value for value, sign in enumerate(ALPHABET)}

DATE = r"[0-9]{6}"
BIRTH = r"(?:[0-9]{2}|<<){3}"
HEAD = r"(?P<code>[A-Z][A-Z<])(?P<state>[A-Z<]{3})"
NUMBER = r"(?P<number>[A-Z0-9<]{9})(?P<number_check>[0-9<])"
SEX = r"(?P<sex>[MF<])"
BORN = rf"(?P<birth>{BIRTH})(?P<birth_check>[0-9])"
EXPIRES = rf"(?P<expiry>{DATE})(?P<expiry_check>[0-9])"
NATIONALITY = r"(?P<nationality>[A-Z<]{3})"
COMPOSITE = r"(?P<composite>[0-9])"


class MrzFormat(Enum):
    """Size of the document: rows x columns, where the composite check digit looks, and how wide the names are."""

    TD1 = (
        90,
        rf"{HEAD}{NUMBER}(?P<optional>[A-Z0-9<]{{15}}){BORN}{SEX}{EXPIRES}{NATIONALITY}"
        rf"(?P<optional_2>[A-Z0-9<]{{11}}){COMPOSITE}(?P<names>[A-Z<]{{30}})",
        ((5, 30), (30, 37), (38, 45), (48, 59)),
        30,
    )
    TD2 = (
        72,
        rf"{HEAD}(?P<names>[A-Z<]{{31}}){NUMBER}{NATIONALITY}{BORN}{SEX}{EXPIRES}(?P<optional>[A-Z0-9<]{{7}}){COMPOSITE}",
        ((36, 46), (49, 56), (57, 71)),
        31,
    )
    TD3 = (
        88,
        rf"{HEAD}(?P<names>[A-Z<]{{39}}){NUMBER}{NATIONALITY}{BORN}{SEX}{EXPIRES}"
        rf"(?P<optional>[A-Z0-9<]{{14}})(?P<optional_check>[0-9<]){COMPOSITE}",
        ((44, 54), (57, 64), (65, 87)),
        39,
    )

    def __init__(self, length: int, pattern: str, checked: tuple[tuple[int, int], ...], names: int) -> None:
        self.length = length
        self.pattern = re.compile(pattern)
        self.checked = checked
        self.names = names


@dataclass(frozen=True, slots=True, repr=False)
class Mrz:
    """What a zone says. Dates are YYMMDD with "<<" for unknown parts of a birth date; `sex` is "M", "F" or "".

    `family_names` and `given_names` are the primary and secondary identifier with blanks between their parts.
    `names_complete` is False where the names fill their field to the end, so that they may have been cut off.
    """

    format: MrzFormat
    document_code: str
    issuing_state: str
    document_number: str
    date_of_birth: str
    sex: str
    date_of_expiry: str
    nationality: str
    family_names: str
    given_names: str = ""
    optional: str = ""
    optional_2: str = ""
    names_complete: bool = True

    @property
    def information(self) -> str:
        """The secret of BAC, and of PACE with the MRZ."""
        return mrz_information(self.document_number, self.date_of_birth, self.date_of_expiry)


def check_digit(text: str) -> str:
    """ICAO 9303-3 §4.9. Raises CardError CARD-07 for a sign no zone has."""
    try:
        values = [SIGN_VALUES[sign] for sign in text]
    except KeyError:
        raise CardError("CARD-07", "a sign no machine-readable zone has") from None
    return str(sum(value * WEIGHTS[place % 3] for place, value in enumerate(values)) % 10)


def mrz_information(document_number: str, date_of_birth: str, date_of_expiry: str) -> str:
    """Number, birth and expiry (YYMMDD), each with its check digit. Raises CardError CARD-07."""
    number = document_number.ljust(NUMBER_LENGTH, FILLER)
    return "".join(part + check_digit(part) for part in (number, date_of_birth, date_of_expiry))


def information_of_key(key: MrzKey) -> str:
    """The same from what a citizen typed. Raises CardError CARD-28: with such signs it cannot be what is printed."""
    number = "".join(key.document_number.upper().split()).strip(FILLER)
    try:
        return mrz_information(number, _printed_birth(key.date_of_birth), f"{key.date_of_expiry:%y%m%d}")
    except CardError:
        raise CardError("CARD-28", "the document number has other signs than letters and digits") from None


def _printed_birth(iso: str) -> str:
    """YYMMDD with fillers where a part is unknown (ICAO 9303-3 §4.8)."""
    return iso.replace("-", "")[2:].ljust(6, FILLER)


def parse_mrz(text: str) -> Mrz:
    """A zone of 90 (TD1), 72 (TD2) or 88 signs (TD3). Raises CardError CARD-07."""
    layout = next((layout for layout in MrzFormat if layout.length == len(text)), None)
    found = layout.pattern.fullmatch(text) if layout else None
    if layout is None or found is None:
        raise CardError("CARD-07", "malformed machine-readable zone")
    parts = found.groupdict()
    number, optional = _long_number(layout, parts)
    _check(parts["birth"], parts["birth_check"])
    _check(parts["expiry"], parts["expiry_check"])
    _check("".join(text[start:end] for start, end in layout.checked), parts["composite"])
    if layout is MrzFormat.TD3 and not (parts["optional_check"] == FILLER and not _filled(parts["optional"])):
        _check(parts["optional"], parts["optional_check"])
    return _mrz(layout, parts | {"number": number, "optional": optional})


def _mrz(layout: MrzFormat, parts: dict[str, str]) -> Mrz:
    family, _, given = parts["names"].partition(FILLER * 2)
    if not _filled(family):
        raise CardError("CARD-07", "machine-readable zone without a name")
    return Mrz(
        layout,
        _filled(parts["code"]),
        _filled(parts["state"]),
        _filled(parts["number"]),
        parts["birth"],
        _filled(parts["sex"]),
        parts["expiry"],
        _filled(parts["nationality"]),
        _words(family),
        _words(given),
        _filled(parts["optional"]),
        _filled(parts.get("optional_2", "")),
        parts["names"].endswith(FILLER),
    )


def _long_number(layout: MrzFormat, parts: dict[str, str]) -> tuple[str, str]:
    """The checked document number and the optional data; a number of more than 9 signs goes on in these."""
    number, check, optional = parts["number"], parts["number_check"], parts["optional"]
    if check == FILLER and layout is not MrzFormat.TD3:
        rest, _, optional = optional.partition(FILLER)
        number, check = number + rest[:-1], rest[-1:]
    _check(number, check)
    return number, optional


def _check(text: str, digit: str) -> None:
    if check_digit(text) != digit:
        raise CardError("CARD-07", "wrong check digit in the machine-readable zone")


def _filled(text: str) -> str:
    return text.rstrip(FILLER)


def _words(text: str) -> str:
    return " ".join(part for part in text.split(FILLER) if part)


def build_mrz(mrz: Mrz) -> str:
    """The zone as DG1 holds it; names are transliterated, and cut off where they do not fit. Raises ValueError."""
    head = _padded(mrz.document_code, 2) + _padded(mrz.issuing_state, 3)
    names = _names_field(mrz)
    number, optional = _number_fields(mrz)
    birth = mrz.date_of_birth + check_digit(mrz.date_of_birth)
    expiry = mrz.date_of_expiry + check_digit(mrz.date_of_expiry)
    person = birth + _padded(mrz.sex, 1) + expiry
    nationality = _padded(mrz.nationality, 3)
    match mrz.format:
        case MrzFormat.TD1:
            before = head + number + optional + person + nationality + _padded(mrz.optional_2, 11)
            return before + _composite(mrz.format, before) + names
        case MrzFormat.TD2:
            before = head + names + number + nationality + person + optional
        case MrzFormat.TD3:
            before = head + names + number + nationality + person + optional + check_digit(optional)
    return before + _composite(mrz.format, before)


def _number_fields(mrz: Mrz) -> tuple[str, str]:
    """Number with check digit, and the optional data behind it."""
    width = {MrzFormat.TD1: 15, MrzFormat.TD2: 7, MrzFormat.TD3: 14}[mrz.format]
    number = mrz.document_number.ljust(NUMBER_LENGTH, FILLER)
    check = check_digit(number)
    if len(number) == NUMBER_LENGTH:
        return number + check, _padded(mrz.optional, width)
    if mrz.format is MrzFormat.TD3:
        raise ValueError("a passport number has at most 9 signs")
    rest = f"{number[NUMBER_LENGTH:]}{check}{FILLER}{mrz.optional}"
    return number[:NUMBER_LENGTH] + FILLER, _padded(rest, width)


def _composite(layout: MrzFormat, before: str) -> str:
    return check_digit("".join(before[start:end] for start, end in layout.checked))


def _names_field(mrz: Mrz) -> str:
    """ICAO 9303-3 §4.6: cut off names end with a letter in the last place."""
    family, given = transliterate(mrz.family_names), transliterate(mrz.given_names)
    width = mrz.format.names
    whole = FILLER * 2 + given if given else ""
    if len(family + whole) <= width:
        return (family + whole).ljust(width, FILLER)
    whole = (family[: width - 3] if given else family) + whole
    while whole[width - 1] == FILLER:
        last = len(whole[:width].rstrip(FILLER)) - 1
        whole = whole[:last] + whole[last + 1 :]
    return whole[:width]


def _padded(text: str, width: int) -> str:
    if len(text) > width:
        raise ValueError(f"longer than its field of {width}")
    return text.ljust(width, FILLER)
