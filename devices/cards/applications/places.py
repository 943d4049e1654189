"""Places of the eID application: in parts, as one text, or none at all (GeneralPlace of TR-03110-4)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from devices.cards.applications.values import PRINTABLE, UTF8, card_text, only_text
from devices.cards.wire import tlv
from kiosk.errors import CardError

SEQUENCE: Final = 0x30
FREE_TEXT: Final = 0xA1
NO_PLACE: Final = 0xA2
STREET, CITY, STATE, COUNTRY, POSTCODE = 0xAA, 0xAB, 0xAC, 0xAD, 0xAE


@dataclass(frozen=True, slots=True, repr=False)
class StructuredPlace:
    """A place in parts; `street` is street and house number, empty where a place has no street names."""

    city: str
    street: str = ""
    state: str = ""
    country: str = ""
    postcode: str = ""


@dataclass(frozen=True, slots=True, repr=False)
class FreeTextPlace:
    """A place as one text, as places of birth are."""

    text: str


@dataclass(frozen=True, slots=True, repr=False)
class NoPlace:
    """Why there is no place, such as a residence abroad."""

    text: str


Place = StructuredPlace | FreeTextPlace | NoPlace


def parse_place(content: bytes) -> Place:
    """One place; of several none is known to be the right one. Raises CardError CARD-07."""
    objects = tlv.parse(content)
    if len(objects) != 1:
        raise CardError("CARD-07", "a place is not one place")
    tag, value = objects[0].tag, objects[0].value
    if tag == SEQUENCE:
        return _structured(value)
    if tag == FREE_TEXT:
        return FreeTextPlace(card_text(only_text(value)))
    if tag == NO_PLACE:
        return NoPlace(card_text(only_text(value)))
    raise CardError("CARD-07", "a place of unknown form")


def encode_place(place: Place) -> bytes:
    match place:
        case StructuredPlace():
            return tlv.encode(SEQUENCE, b"".join(_parts(place)))
        case FreeTextPlace(text):
            return tlv.encode(FREE_TEXT, tlv.encode(UTF8, text.encode("utf-8")))
        case NoPlace(text):
            return tlv.encode(NO_PLACE, tlv.encode(UTF8, text.encode("utf-8")))


def _structured(content: bytes) -> StructuredPlace:
    parts = {part.tag: card_text(only_text(part.value)) for part in tlv.parse(content)}
    if CITY not in parts:
        raise CardError("CARD-07", "a place without its name")
    street, state, country, postcode = (parts.get(tag, "") for tag in (STREET, STATE, COUNTRY, POSTCODE))
    return StructuredPlace(parts[CITY], street, state, country, postcode)


def _parts(place: StructuredPlace) -> list[bytes]:
    """What is known of it, the city in any case."""
    parts = (
        (STREET, UTF8, place.street),
        (CITY, UTF8, place.city),
        (STATE, UTF8, place.state),
        (COUNTRY, PRINTABLE, place.country),
        (POSTCODE, PRINTABLE, place.postcode),
    )
    return [tlv.encode(tag, tlv.encode(kind, text.encode("utf-8"))) for tag, kind, text in parts if text or tag == CITY]
