"""Test persons: complete, invented, and refused when malformed."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from devices.cards.people import load_people
from kiosk.errors import ConfigError
from kiosk.identity import Attribute

GOOD = 'note = "x"\ncan = "123456"\nexpires_on = 2033-01-01\n[attributes]\nfamily_names = "Muster"\n'


def test_every_card_that_is_not_ordinary_is_among_them():
    people = load_people()
    texts = {key: person.attributes for key, person in people.items()}
    assert len(people) >= 6
    assert any(len(person[Attribute.GIVEN_NAMES]) > 70 for person in texts.values())
    assert any(len(person[Attribute.DATE_OF_BIRTH]) == 4 for person in texts.values())
    assert any(person[Attribute.STREET] == "" for person in texts.values())
    assert any(person.get(Attribute.DOCTORAL_DEGREE) for person in texts.values())
    assert any("ě" in person[Attribute.FAMILY_NAMES] for person in texts.values())
    assert any(person.expires_on < date(2026, 1, 1) for person in people.values())


def test_every_can_is_another():
    people = load_people()
    assert len({person.can for person in people.values()}) == len(people)


def test_a_can_hides_from_repr():
    assert all(person.can not in repr(person) for person in load_people().values())


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("note = oh\n", "line 1"),
        (GOOD.replace("note", "notes"), "unknown key notes"),
        (GOOD.replace("123456", "12345"), "can must be 6 digits"),
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
