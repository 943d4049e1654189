"""The eID application: what the test cards of the trade hold, and every person's card built and read again."""

from __future__ import annotations

from datetime import date
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.cards.applications.eid import (
    ATTRIBUTE_GROUPS,
    DataGroup,
    build_data_groups,
    build_date,
    build_place,
    build_text,
    groups_for,
    parse_data_group,
    parse_date_of_expiry,
    parse_value,
)
from devices.cards.applications.places import FreeTextPlace, NoPlace, StructuredPlace
from devices.cards.people import eid_holder, load_people
from kiosk.errors import CardError
from kiosk.identity import Attribute
from tests.devices.cards.applications.refusals import read_or_refused, refused

# Source: the simulated card in the public tests of Governikus AusweisApp, and of PersoSim (DG9 in parts, DG17).
PUBLISHED: dict[str, tuple[int, str, object]] = {
    "document type": (1, "610413024944", "ID"),
    "issuing state": (2, "6203130144", "D"),
    "given name": (4, "64070C054552494B41", "ERIKA"),
    "family name": (5, "650C0C0A4D55535445524D414E4E", "MUSTERMANN"),
    "no artistic name": (6, "66020C00", ""),
    "no title": (7, "67020C00", ""),
    "date of birth": (8, "680A12083139363430383132", "1964-08-12"),
    "place of birth": (9, "690AA1080C064245524C494E", FreeTextPlace("BERLIN")),
    "place of birth in parts": (
        9,
        "691B3019AB080C064245524C494EAC080C064245524C494EAD03130144",
        StructuredPlace("BERLIN", state="BERLIN", country="D"),
    ),
    "nationality": (10, "6A03130144", "D"),
    "sex": (11, "6B03130146", "F"),
    "birth name": (13, "6D080C064741424C4552", "GABLER"),
    "residence": (
        17,
        "712D302BAA120C10484549444553545241E1BA9E45203137AB070C054BC3964C4EAD03130144AE0713053531313437",
        StructuredPlace("KÖLN", street="HEIDESTRAẞE 17", country="D", postcode="51147"),
    ),
    "municipality": (18, "7209040702760503150000", "02760503150000"),
}
TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Zs", "Zl", "Zp")), max_size=60)


@pytest.mark.parametrize("name", PUBLISHED)
def test_published_data_groups_are_read(name):
    number, data, value = PUBLISHED[name]
    assert parse_value(number, bytes.fromhex(data)) == value


@pytest.mark.parametrize("name", [name for name, entry in PUBLISHED.items() if isinstance(entry[2], str)])
def test_published_texts_are_written_alike(name):
    number, data, value = PUBLISHED[name]
    assert isinstance(value, str)
    group = DataGroup(number)
    if group is DataGroup.MUNICIPALITY:
        return
    built = build_date(group, value) if group is DataGroup.DATE_OF_BIRTH else build_text(group, value)
    assert built == bytes.fromhex(data)


@pytest.mark.parametrize("name", ["place of birth", "place of birth in parts", "residence"])
def test_published_places_are_written_alike(name):
    number, data, place = PUBLISHED[name]
    assert isinstance(place, StructuredPlace | FreeTextPlace | NoPlace)
    assert build_place(DataGroup(number), place) == bytes.fromhex(data)


@pytest.mark.parametrize("person", [person for person in load_people().values() if person.has_eid], ids=lambda p: p.id)
def test_a_persons_card_gives_exactly_the_persons_attributes(person):
    found: dict[Attribute, str] = {}
    for number, data in build_data_groups(eid_holder(person)).items():
        found |= parse_data_group(number, data)
    assert found == person.attributes


def test_the_expiry_is_a_day():
    card = build_data_groups(eid_holder(load_people()["erika"]))
    assert parse_date_of_expiry(card[DataGroup.DATE_OF_EXPIRY]) == date(2033, 5, 31)
    with pytest.raises(CardError, match="incomplete"):
        parse_date_of_expiry(build_date(DataGroup.DATE_OF_EXPIRY, "2033"))


@pytest.mark.parametrize(("iso", "stored"), [("1950", b"1950    "), ("1964-08", b"196408  "), ("", b"        ")])
def test_unknown_parts_of_a_birth_date_are_blank(iso, stored):
    data = build_date(DataGroup.DATE_OF_BIRTH, iso)
    assert data.endswith(stored)
    assert parse_value(DataGroup.DATE_OF_BIRTH, data) == iso
    assert parse_data_group(8, data) == ({Attribute.DATE_OF_BIRTH: iso} if iso else {})


def test_an_address_that_is_not_in_parts_is_asked_for():
    for place in (FreeTextPlace("HEIDESTRAẞE 17, 51147 KÖLN"), NoPlace("KEINE HAUPTWOHNUNG IN DEUTSCHLAND")):
        assert parse_data_group(17, build_place(DataGroup.PLACE_OF_RESIDENCE, place)) == {}


def test_a_place_without_street_names_has_an_empty_street():
    place = StructuredPlace("HALLIGBEISPIEL", country="D", postcode="25869")
    found = parse_data_group(17, build_place(DataGroup.PLACE_OF_RESIDENCE, place))
    assert found[Attribute.STREET] == ""


def test_a_group_the_card_lacks_says_nothing():
    assert parse_data_group(DataGroup.BIRTH_NAME, b"") == {}


def test_only_the_groups_that_are_needed_are_read():
    wanted = [Attribute.STREET, Attribute.CITY, Attribute.FAMILY_NAMES]
    assert groups_for(wanted) == (DataGroup.FAMILY_NAMES, DataGroup.PLACE_OF_RESIDENCE)
    assert groups_for([]) == ()


def test_every_attribute_has_its_group():
    assert set(ATTRIBUTE_GROUPS) == set(Attribute)


@pytest.mark.parametrize(
    ("number", "data"),
    [
        (4, "65070C054552494B41"),
        (4, "64070C054552494B4100"),
        (4, "64090C054552494B41" + "0C00"),
        (4, "640704054552494B41"),
        (4, "64030C01FF"),
        (4, "64030C010A"),
        (8, "680A12083139363431333132"),
        (8, "680A12083139363430323330"),
        (8, "680A12083139363420203132"),
        (8, "680A12082020202030383132"),
        (8, "680A12083030303130383132"),
        (8, "680A0C08C3A4363430383132"),
        (9, "690AA3080C064245524C494E"),
        (9, "6900"),
        (17, "71073005AD03130144"),
        (17, "7102A100"),
        (18, "72020C00"),
        (12, "6C00"),
        (99, "C300"),
    ],
)
def test_malformed_groups_are_refused(number, data):
    refused(partial(parse_data_group, number), bytes.fromhex(data))


def test_a_group_of_endless_length_is_refused():
    with pytest.raises(CardError, match="too long"):
        parse_data_group(4, build_text(DataGroup.GIVEN_NAMES, "A" * 9000))
    with pytest.raises(CardError, match="too long"):
        parse_data_group(4, build_text(DataGroup.GIVEN_NAMES, "A" * 5000))


@given(TEXTS)
def test_any_text_comes_back_as_it_is(text):
    assert parse_data_group(5, build_text(DataGroup.FAMILY_NAMES, text)) == {Attribute.FAMILY_NAMES: text}


@given(TEXTS, TEXTS, TEXTS)
def test_any_place_comes_back_as_it_is(street, city, postcode):
    place = StructuredPlace(city, street=street, country="D", postcode=postcode)
    assert parse_value(17, build_place(DataGroup.PLACE_OF_RESIDENCE, place)) == place


@given(st.integers(0, 30), st.binary(max_size=80))
def test_any_bytes_are_read_or_refused(number, data):
    read_or_refused(partial(parse_data_group, number), data)
