"""The eID application: its data groups read as what they mean, and built for virtual cards.

Data group n is one object of tag 0x60 + n around a value of its own type (TR-03110-4 §2.2.3).
Which of them an attribute needs stands here; whether a terminal may read them is the CHAT's business.

Rules
  1. Only what a procedure can ask for becomes an attribute; the card's serial number is in no data group.
  2. Texts stand as the card gives them; dates are ISO 8601 with unknown parts left out.
  3. Empty data is a group this card does not have: nothing is known, so nothing is said.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import IntEnum
from typing import Final

from devices.cards.applications.places import FreeTextPlace, Place, StructuredPlace, encode_place, parse_place
from devices.cards.applications.values import NUMERIC, PRINTABLE, UTF8, card_text, only_text, partial_date, whole_date
from devices.cards.wire import tlv
from kiosk.errors import CardError
from kiosk.identity import Attribute

APPLICATION_ID: Final = bytes.fromhex("E80704007F00070302")
MAX_BYTES: Final = 8192

OCTETS: Final = 0x04


class DataGroup(IntEnum):
    """Numbers of the data groups this program knows; each is its short file identifier too."""

    DOCUMENT_TYPE = 1
    ISSUING_STATE = 2
    DATE_OF_EXPIRY = 3
    GIVEN_NAMES = 4
    FAMILY_NAMES = 5
    ARTISTIC_NAME = 6
    ACADEMIC_TITLE = 7
    DATE_OF_BIRTH = 8
    PLACE_OF_BIRTH = 9
    NATIONALITY = 10
    SEX = 11
    BIRTH_NAME = 13
    PLACE_OF_RESIDENCE = 17
    MUNICIPALITY = 18


ATTRIBUTE_GROUPS: Final[Mapping[Attribute, DataGroup]] = {
    Attribute.FAMILY_NAMES: DataGroup.FAMILY_NAMES,
    Attribute.GIVEN_NAMES: DataGroup.GIVEN_NAMES,
    Attribute.BIRTH_NAME: DataGroup.BIRTH_NAME,
    Attribute.DOCTORAL_DEGREE: DataGroup.ACADEMIC_TITLE,
    Attribute.DATE_OF_BIRTH: DataGroup.DATE_OF_BIRTH,
    Attribute.PLACE_OF_BIRTH: DataGroup.PLACE_OF_BIRTH,
    Attribute.NATIONALITY: DataGroup.NATIONALITY,
    Attribute.STREET: DataGroup.PLACE_OF_RESIDENCE,
    Attribute.POSTCODE: DataGroup.PLACE_OF_RESIDENCE,
    Attribute.CITY: DataGroup.PLACE_OF_RESIDENCE,
}
TEXT_ATTRIBUTES: Final[Mapping[DataGroup, Attribute]] = {
    group: attribute
    for attribute, group in ATTRIBUTE_GROUPS.items()
    if group not in (DataGroup.DATE_OF_BIRTH, DataGroup.PLACE_OF_BIRTH, DataGroup.PLACE_OF_RESIDENCE)
}
# ICAO letters only, as opposed to UTF-8.
PRINTABLE_GROUPS: Final = frozenset(
    {DataGroup.DOCUMENT_TYPE, DataGroup.ISSUING_STATE, DataGroup.NATIONALITY, DataGroup.SEX}
)
DATE_GROUPS: Final = frozenset({DataGroup.DATE_OF_EXPIRY, DataGroup.DATE_OF_BIRTH})
PLACE_GROUPS: Final = frozenset({DataGroup.PLACE_OF_BIRTH, DataGroup.PLACE_OF_RESIDENCE})


@dataclass(frozen=True, slots=True)
class EidHolder:
    """What one card's eID application holds. `document_type` is "ID" or "UB", `sex` "F", "M" or "".

    `municipality` are the 14 digits of the community id, empty for none.
    """

    document_type: str
    issuing_state: str
    expires_on: date
    attributes: Mapping[Attribute, str] = field(repr=False)
    sex: str = field(default="", repr=False)
    municipality: str = field(default="", repr=False)


def groups_for(attributes: Iterable[Attribute]) -> tuple[DataGroup, ...]:
    """The fewest data groups that give these attributes, in ascending order."""
    return tuple(sorted({ATTRIBUTE_GROUPS[attribute] for attribute in attributes}))


def parse_data_group(number: int, data: bytes) -> dict[Attribute, str]:
    """What one data group tells; {} for a group that serves no attribute. Raises CardError CARD-07."""
    if not data:
        return {}
    value = parse_value(number, data)
    if isinstance(value, str):
        if number == DataGroup.DATE_OF_BIRTH:
            return {Attribute.DATE_OF_BIRTH: value} if value else {}
        attribute = TEXT_ATTRIBUTES.get(DataGroup(number))
        return {attribute: value} if attribute else {}
    return _birth_place(value) if number == DataGroup.PLACE_OF_BIRTH else _residence(value)


def parse_date_of_expiry(data: bytes) -> date:
    """From data group 3. Raises CardError CARD-07."""
    return whole_date(_date_of(_content(DataGroup.DATE_OF_EXPIRY, data)))


def parse_value(number: int, data: bytes) -> str | Place:
    """The value of one data group: a text, an ISO date, digits or a place. Raises CardError CARD-07."""
    content = _content(number, data)
    if number in DATE_GROUPS:
        return partial_date(_date_of(content))
    if number in PLACE_GROUPS:
        return parse_place(content)
    if number == DataGroup.MUNICIPALITY:
        return tlv.need(content, OCTETS).hex()
    return card_text(only_text(content))


def _content(number: int, data: bytes) -> bytes:
    """The value's bytes. Anything behind the one object is refused."""
    if len(data) > MAX_BYTES or number not in set(DataGroup):
        raise CardError("CARD-07", f"data group {number} is too long or unknown")
    objects = tlv.parse(data)
    if len(objects) != 1 or objects[0].tag != 0x60 + number:
        raise CardError("CARD-07", f"data group {number} is not the one object it must be")
    return objects[0].value


def _date_of(content: bytes) -> str:
    """With the blanks kept, for in a date they mean something."""
    try:
        return only_text(content).decode("ascii")
    except UnicodeDecodeError:
        raise CardError("CARD-07", "a date on the card is malformed") from None


def _birth_place(place: str | Place) -> dict[Attribute, str]:
    match place:
        case StructuredPlace(city=text) | FreeTextPlace(text=text):
            return {Attribute.PLACE_OF_BIRTH: text}
    return {}


def _residence(place: str | Place) -> dict[Attribute, str]:
    """Only of a structured place it is known which part is what."""
    match place:
        case StructuredPlace():
            known = {Attribute.STREET: place.street, Attribute.CITY: place.city}
            return known | ({Attribute.POSTCODE: place.postcode} if place.postcode else {})
    return {}


def build_data_groups(holder: EidHolder) -> dict[int, bytes]:
    """Every data group the holder's card has, by number."""
    texts = {
        DataGroup.DOCUMENT_TYPE: holder.document_type,
        DataGroup.ISSUING_STATE: holder.issuing_state,
        DataGroup.SEX: holder.sex or " ",
    }
    texts |= {group: holder.attributes[key] for group, key in TEXT_ATTRIBUTES.items() if key in holder.attributes}
    groups = {group: build_text(group, text) for group, text in texts.items()}
    groups[DataGroup.DATE_OF_EXPIRY] = build_date(DataGroup.DATE_OF_EXPIRY, holder.expires_on.isoformat())
    if born := holder.attributes.get(Attribute.DATE_OF_BIRTH):
        groups[DataGroup.DATE_OF_BIRTH] = build_date(DataGroup.DATE_OF_BIRTH, born)
    if birth_place := holder.attributes.get(Attribute.PLACE_OF_BIRTH):
        groups[DataGroup.PLACE_OF_BIRTH] = build_place(DataGroup.PLACE_OF_BIRTH, FreeTextPlace(birth_place))
    if residence := _residence_of(holder):
        groups[DataGroup.PLACE_OF_RESIDENCE] = build_place(DataGroup.PLACE_OF_RESIDENCE, residence)
    if holder.municipality:
        digits = tlv.encode(OCTETS, bytes.fromhex(holder.municipality))
        groups[DataGroup.MUNICIPALITY] = tlv.encode(0x60 + DataGroup.MUNICIPALITY, digits)
    return {int(number): groups[number] for number in sorted(groups)}


def _residence_of(holder: EidHolder) -> StructuredPlace | None:
    known = holder.attributes
    if Attribute.CITY not in known:
        return None
    street, postcode = known.get(Attribute.STREET, ""), known.get(Attribute.POSTCODE, "")
    return StructuredPlace(known[Attribute.CITY], street=street, country="D", postcode=postcode)


def build_text(group: DataGroup, text: str) -> bytes:
    kind = PRINTABLE if group in PRINTABLE_GROUPS else UTF8
    return tlv.encode(0x60 + group, tlv.encode(kind, text.encode("utf-8")))


def build_date(group: DataGroup, iso: str) -> bytes:
    """From ISO 8601 with unknown parts left out."""
    return tlv.encode(0x60 + group, tlv.encode(NUMERIC, iso.replace("-", "").ljust(8).encode("ascii")))


def build_place(group: DataGroup, place: Place) -> bytes:
    return tlv.encode(0x60 + group, encode_place(place))
