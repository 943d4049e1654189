"""What an identity card may tell us, by which way, and how far it can be trusted.

Assurance and authenticity stand beside the data, never inside them: a caseworker sees both.
The card's serial number has no place here: it is never a lookup key (§ 20 PAuswG).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum


class Way(StrEnum):
    """How the data were obtained."""

    ONLINE = "online"
    ON_SITE = "on_site"
    TRAVEL_DOCUMENT = "travel_document"


class Assurance(StrEnum):
    """eIDAS level of assurance (Vertrauensniveau)."""

    LOW = "low"
    SUBSTANTIAL = "substantial"
    HIGH = "high"


class Authenticity(StrEnum):
    """Whether the card proved that the data are genuine."""

    VERIFIED = "verified"
    UNVERIFIED = "unverified"
    FAILED = "failed"


class Attribute(StrEnum):
    """One item a card can give; values are canonical texts of the field kinds they prefill.

    Dates are ISO 8601 with unknown parts left out ("1964", "1964-08"), as the eID application
    allows unknown parts of a birth date (TR-03110-4). STREET is street and house number in one
    text, as data group 17 has it; empty where a place has no street names.
    """

    FAMILY_NAMES = "family_names"
    GIVEN_NAMES = "given_names"
    BIRTH_NAME = "birth_name"
    DOCTORAL_DEGREE = "doctoral_degree"
    DATE_OF_BIRTH = "date_of_birth"
    PLACE_OF_BIRTH = "place_of_birth"
    NATIONALITY = "nationality"
    STREET = "street"
    POSTCODE = "postcode"
    CITY = "city"


@dataclass(frozen=True, slots=True)
class StaffConfirmation:
    """A member of staff compared photo and person for this one visit (§ 18a PAuswG).

    `staff_id` is the roster number, not a name; `confirmed_at` is aware, in UTC.
    """

    staff_id: str
    confirmed_at: datetime


@dataclass(frozen=True, slots=True)
class IdentityData:
    """What one reading of one card gave: only attributes that were asked for. Never printed."""

    attributes: Mapping[Attribute, str] = field(repr=False)
    way: Way
    assurance: Assurance
    authenticity: Authenticity
    read_at: datetime
    expires_on: date | None = None


@dataclass(frozen=True, slots=True)
class IdentityEvidence:
    """What staff see about the identification: how and how sure, without the data themselves."""

    way: Way
    assurance: Assurance
    authenticity: Authenticity
    read_at: datetime
    confirmation: StaffConfirmation | None = None


class ReadPhase(StrEnum):
    """How far a card reading is."""

    CONNECTING = "connecting"
    SECURING = "securing"
    CHECKING = "checking"
    READING = "reading"


class CardKind(StrEnum):
    """What lies on the reader, told apart before anything is asked of the citizen (EF.CardAccess and EF.DIR).

    GERMAN has the eID application, alone or beside an LDS behind terminal authentication: identity card,
    residence permit and Unionsbürgerkarte. EU_CARD and PASSPORT have an LDS that opens with what is printed on them.
    """

    GERMAN = "german"
    EU_CARD = "eu-card"
    PASSPORT = "passport"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class MrzKey:
    """What is printed in the machine-readable zone and unlocks a travel document (ICAO 9303-11 §4.3). Never printed.

    `date_of_birth` is ISO 8601 with unknown parts left out, as in `Attribute`; "" where the zone has none at all.
    """

    document_number: str = field(repr=False)
    date_of_birth: str = field(repr=False)
    date_of_expiry: date = field(repr=False)


class Secret:
    """A CAN or PIN on its way through one event and one effect. It cannot be printed, compared or pickled."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """The digits, for the one call that needs them."""
        return self._text

    def __repr__(self) -> str:
        return "Secret(…)"

    def __reduce__(self) -> tuple[object, ...]:
        raise TypeError("a secret does not travel")


CardKey = Secret | MrzKey
