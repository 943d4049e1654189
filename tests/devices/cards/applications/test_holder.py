"""What a travel document says about its holder."""

from __future__ import annotations

import dataclasses
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.cards.applications import lds
from devices.cards.applications.holder import birth_date, expiry_date, holder_attributes
from devices.cards.applications.lds import HolderDetails
from devices.cards.people import Person, load_people, printed_zone
from kiosk.errors import CardError
from kiosk.identity import Attribute

TODAY = date(2026, 11, 25)


@pytest.fixture
def zofia() -> Person:
    return load_people()["zofia"]


def test_national_letters_come_before_transliterated_ones(zofia):
    details = HolderDetails("Przykładowska-Wzór", "Zofia Łucja", "1979-09-30", "Przykładowo")
    mrz = lds.parse_dg1(lds.build_dg1(printed_zone(zofia)))
    assert holder_attributes(mrz, details, TODAY) == zofia.attributes


def test_without_details_the_zone_must_do(zofia):
    mrz = lds.parse_dg1(lds.build_dg1(printed_zone(zofia)))
    found = holder_attributes(mrz, None, TODAY)
    assert found[Attribute.FAMILY_NAMES] == "PRZYKLADOWSKA WZOR"
    assert found[Attribute.DATE_OF_BIRTH] == "1979-09-30"
    assert Attribute.PLACE_OF_BIRTH not in found


def test_names_that_may_have_been_cut_off_are_left_out():
    mrz = lds.parse_dg1(lds.build_dg1(printed_zone(load_people()["maximiliana"])))
    found = holder_attributes(mrz, None, TODAY)
    assert Attribute.FAMILY_NAMES not in found
    assert Attribute.GIVEN_NAMES not in found


@pytest.mark.parametrize(
    ("printed", "meant"),
    [
        ("261125", "2026-11-25"),
        ("261126", "1926-11-26"),
        ("26<<<<", "2026"),
        ("2612<<", "1926-12"),
        ("00<<<<", "2000"),
        ("500000", "1950"),
        ("<<<<<<", ""),
        ("<<0812", ""),
        ("64<<12", "1964"),
        ("000229", "2000-02-29"),
    ],
)
def test_a_birth_year_is_of_the_last_hundred_years(zofia, printed, meant):
    mrz = dataclasses.replace(printed_zone(zofia), date_of_birth=printed)
    assert birth_date(mrz, TODAY) == meant


def test_a_date_that_is_no_day_is_refused(zofia):
    mrz = dataclasses.replace(printed_zone(zofia), date_of_birth="800230", date_of_expiry="331301")
    with pytest.raises(CardError, match="no day"):
        birth_date(mrz, TODAY)
    with pytest.raises(CardError, match="no day"):
        expiry_date(mrz)


def test_a_document_expires_in_this_century(zofia):
    assert expiry_date(printed_zone(zofia)) == zofia.expires_on


@given(st.dates(date(1927, 1, 1), TODAY))
def test_every_birthday_of_the_living_is_understood(born):
    mrz = dataclasses.replace(printed_zone(load_people()["zofia"]), date_of_birth=f"{born:%y%m%d}")
    assert birth_date(mrz, TODAY) == born.isoformat()
