"""Test persons: complete, invented, and refused when malformed."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from devices.cards.applications.mrz import MrzFormat, build_mrz, parse_mrz
from devices.cards.people import Document, Person, load_people, printed_zone
from kiosk.errors import ConfigError
from kiosk.identity import Attribute

GOOD = """note = "x"
document_number = "PROBE0001"
issuing_state = "D"
sex = "F"
can = "123456"
pin = "654321"
puk = "1234567890"
expires_on = 2033-01-01
[attributes]
family_names = "Muster"
"""


def test_every_card_that_is_not_ordinary_is_among_them():
    people = load_people()
    texts = {key: person.attributes for key, person in people.items()}
    assert len(people) >= 10
    assert any(len(person[Attribute.GIVEN_NAMES]) > 70 for person in texts.values())
    assert any(len(person[Attribute.DATE_OF_BIRTH]) == 4 for person in texts.values())
    assert any(person.get(Attribute.STREET) == "" for person in texts.values())
    assert any(person.get(Attribute.DOCTORAL_DEGREE) for person in texts.values())
    assert any("ě" in person[Attribute.FAMILY_NAMES] for person in texts.values())
    assert any(person.expires_on < date(2026, 1, 1) for person in people.values())


def test_every_can_is_another():
    people = load_people()
    assert len({person.can for person in people.values()}) == len(people)


def test_every_kind_of_document_is_among_them():
    people = load_people()
    assert {person.document for person in people.values()} == set(Document)
    assert all(bool(person.pin) is bool(person.puk) is person.has_eid for person in people.values())
    assert any(len(person.document_number) > 9 for person in people.values())
    assert all(person.issuing_state != "D" for person in people.values() if not person.has_eid)


def test_every_document_number_says_that_it_is_invented():
    people = load_people()
    numbers = {person.document_number for person in people.values()}
    assert len(numbers) == len(people)
    assert all(number.startswith(("PROBE", "PROBA", "VOORBEELD")) for number in numbers)


def test_secrets_hide_from_repr():
    for person in load_people().values():
        hidden = [person.can, person.document_number, *([person.pin, person.puk] if person.has_eid else [])]
        assert not any(secret in repr(person) for secret in hidden)


@pytest.mark.parametrize("person", load_people().values(), ids=lambda person: person.id)
def test_a_zone_says_what_the_card_says(person: Person):
    zone = parse_mrz(build_mrz(printed_zone(person)))
    assert zone.document_number == person.document_number
    assert zone.format is (MrzFormat.TD3 if person.document is Document.PASSPORT else MrzFormat.TD1)
    assert (zone.issuing_state, zone.sex) == (person.issuing_state, person.sex)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("note = oh\n", "line 1"),
        (GOOD.replace("note", "notes"), "unknown key notes"),
        (GOOD.replace('"123456"', '"12345"'), "can must be 6 digits"),
        (GOOD.replace("654321", "54321"), "pin must be 6 digits"),
        (GOOD.replace("1234567890", "1234"), "puk must be 10 digits"),
        (GOOD.replace('sex = "F"', 'sex = "W"'), "sex must be one of"),
        (GOOD.replace('note = "x"', 'document = "licence"\nnote = "x"'), "document must be one of"),
        (GOOD.replace('note = "x"', 'document = "passport"\nnote = "x"'), "stands on no passport"),
        (GOOD.replace("document_number", "document_no"), "document_no"),
        (GOOD.replace("2033-01-01", '"2033"'), "expires_on"),
        (GOOD.replace("family_names", "family_name"), "unknown key attributes.family_name"),
        (GOOD.replace('"Muster"', "7"), "attributes.family_names"),
        (GOOD.replace("[attributes]", "[attribute]"), "attribute"),
    ],
)
def test_a_malformed_file_is_refused_by_name_and_key(tmp_path: Path, text: str, said: str):
    (tmp_path / "wrong.toml").write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError, match=said) as caught:
        load_people(tmp_path)
    assert "wrong.toml" in str(caught.value)


def test_a_folder_without_people_is_refused(tmp_path: Path):
    with pytest.raises(ConfigError, match="no test persons"):
        load_people(tmp_path)
