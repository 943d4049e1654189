"""The test persons: invented, each with one thing about the card that is not ordinary.

One TOML file a person (assets/people/erika.toml), the file's name is the person's. Unknown keys are refused.
CAN, PIN and PUK hide from `repr` here as everywhere, though these are printed in the files.

What a chip holds of a person is built from the two views given here: the eID application's data and the
machine-readable zone.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Any

from devices.cards.applications.eid import EidHolder
from devices.cards.applications.mrz import Mrz, MrzFormat
from kiosk.errors import ConfigError
from kiosk.identity import Attribute

PEOPLE = Path(__file__).resolve().parents[2] / "assets" / "people"
CAN_DIGITS = 6
PIN_DIGITS = 6
PUK_DIGITS = 10
KEYS = {
    "note": str,
    "document": str,
    "document_number": str,
    "issuing_state": str,
    "sex": str,
    "can": str,
    "pin": str,
    "puk": str,
    "expires_on": date,
    "attributes": dict,
}
SEXES = ("F", "M", "")


class Document(StrEnum):
    """What kind of card a person carries."""

    IDENTITY_CARD = "identity-card"
    EU_ID_CARD = "eu-id-card"
    PASSPORT = "passport"
    UNION_CARD = "unionsbuergerkarte"


# Those with an eID application have a PIN and a PUK; a Unionsbürgerkarte is no travel document.
WITH_EID = frozenset({Document.IDENTITY_CARD, Document.UNION_CARD})
DOCUMENT_CODES: Mapping[Document, str] = {
    Document.IDENTITY_CARD: "ID",
    Document.EU_ID_CARD: "ID",
    Document.PASSPORT: "P",
    Document.UNION_CARD: "UB",
}


@dataclass(frozen=True, slots=True)
class Person:
    """What one card holds. `note` says what is special about it.

    `pin` and `puk` are empty where the card has no eID application; `sex` is "F", "M" or "" as printed.
    `issuing_state` is the code of ICAO 9303-3 §5, "D" for Germany.
    """

    id: str
    note: str
    can: str = field(repr=False)
    expires_on: date
    attributes: Mapping[Attribute, str] = field(repr=False)
    document: Document
    document_number: str = field(repr=False)
    issuing_state: str
    sex: str = field(repr=False)
    pin: str = field(default="", repr=False)
    puk: str = field(default="", repr=False)

    @property
    def has_eid(self) -> bool:
        return self.document in WITH_EID


def load_people(folder: Path = PEOPLE) -> dict[str, Person]:
    """Every person by id, in the order of the files' names. Raises ConfigError naming file, line and key."""
    people = {path.stem: _load(path) for path in sorted(folder.glob("*.toml"))}
    if not people:
        raise ConfigError("CONFIG-01", f"{folder}: no test persons")
    return people


def eid_holder(person: Person) -> EidHolder:
    """What the eID application of the person's card holds."""
    return EidHolder(
        DOCUMENT_CODES[person.document], person.issuing_state, person.expires_on, person.attributes, person.sex
    )


def printed_zone(person: Person) -> Mrz:
    """What the machine-readable zone of the person's document says."""
    known = person.attributes[Attribute.DATE_OF_BIRTH].replace("-", "")[2:]
    return Mrz(
        format=MrzFormat.TD3 if person.document is Document.PASSPORT else MrzFormat.TD1,
        document_code=DOCUMENT_CODES[person.document],
        issuing_state=person.issuing_state,
        document_number=person.document_number,
        date_of_birth=known.ljust(6, "<"),
        sex=person.sex,
        date_of_expiry=f"{person.expires_on:%y%m%d}",
        nationality=person.attributes[Attribute.NATIONALITY],
        family_names=person.attributes[Attribute.FAMILY_NAMES],
        given_names=person.attributes[Attribute.GIVEN_NAMES],
    )


def _load(path: Path) -> Person:
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError("CONFIG-01", f"{path}: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError("CONFIG-01", f"{path}: {error}") from error
    data = {"document": Document.IDENTITY_CARD.value, "pin": "", "puk": ""} | data
    _refuse_surprises(path, data)
    document = _document(path, data["document"])
    _refuse_secrets(path, data, document)
    if data["sex"] not in SEXES:
        raise ConfigError("CONFIG-02", f"{path}: sex must be one of F, M and an empty text")
    attributes = {_attribute(path, key): value for key, value in data["attributes"].items()}
    return Person(
        id=path.stem,
        document=document,
        attributes=attributes,
        **{key: data[key] for key in KEYS.keys() - {"document", "attributes"}},
    )


def _refuse_surprises(path: Path, data: dict[str, Any]) -> None:
    for key in data.keys() - KEYS.keys():
        raise ConfigError("CONFIG-02", f"{path}: unknown key {key}")
    for key, kind in KEYS.items():
        if not isinstance(data.get(key), kind):
            raise ConfigError("CONFIG-02", f"{path}: {key} must be there and a {kind.__name__}")
    for key, value in data["attributes"].items():
        if not isinstance(value, str):
            raise ConfigError("CONFIG-02", f"{path}: attributes.{key} must be a text")


def _refuse_secrets(path: Path, data: dict[str, Any], document: Document) -> None:
    """A CAN is on every card, a PIN and PUK only where there is an eID application."""
    wanted = {"can": CAN_DIGITS}
    if document in WITH_EID:
        wanted |= {"pin": PIN_DIGITS, "puk": PUK_DIGITS}
    for key, digits in wanted.items():
        if len(data[key]) != digits or not data[key].isdecimal():
            raise ConfigError("CONFIG-02", f"{path}: {key} must be {digits} digits")
    for key in {"pin", "puk"} - wanted.keys():
        if data[key]:
            raise ConfigError("CONFIG-02", f"{path}: {key} stands on no {document}")


def _document(path: Path, text: str) -> Document:
    try:
        return Document(text)
    except ValueError as error:
        raise ConfigError("CONFIG-02", f"{path}: document must be one of {', '.join(Document)}") from error


def _attribute(path: Path, key: str) -> Attribute:
    try:
        return Attribute(key)
    except ValueError as error:
        raise ConfigError("CONFIG-02", f"{path}: unknown key attributes.{key}") from error
