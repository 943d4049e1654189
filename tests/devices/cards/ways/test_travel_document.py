"""Travel documents against the virtual card: what they give, how sure it is, and how each is refused."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from devices.cards.pki.csca import CscaStore
from devices.cards.virtual.faults import Fault
from kiosk.identity import Assurance, Attribute, Authenticity, MrzKey, ReadPhase, Secret, Way

NAMES = frozenset({Attribute.FAMILY_NAMES, Attribute.GIVEN_NAMES})
FACE_SFI = 0x82


def zone_of(person) -> MrzKey:
    born = person.attributes[Attribute.DATE_OF_BIRTH]
    return MrzKey(person.document_number, born, person.expires_on)


def key_of(person):
    """As the citizen is asked for it: an identity card's CAN, a passport's zone."""
    return Secret(person.can) if person.id == "wannes" else zone_of(person)


def read(desk, person, attributes=frozenset(Attribute), fault=None):
    return desk.read(Way.TRAVEL_DOCUMENT, key_of(desk.lay(person, fault)), attributes)


def refused(desk, person, fault=None):
    return desk.refused(Way.TRAVEL_DOCUMENT, key_of(desk.lay(person, fault)))


BOTH = pytest.mark.parametrize("person", ["wannes", "zofia"])


@BOTH
def test_a_genuine_document_gives_what_is_on_it_in_original_letters(desk, person):
    identity = read(desk, person)
    on_document = desk.record.slot.people[person]
    assert identity.attributes == on_document.attributes
    assert identity.expires_on == on_document.expires_on


@BOTH
def test_signed_and_genuine_is_substantial_and_never_high(desk, person):
    identity = read(desk, person)
    assert (identity.assurance, identity.authenticity) == (Assurance.SUBSTANTIAL, Authenticity.VERIFIED)


@BOTH
def test_of_a_state_nobody_here_knows_it_is_low_and_unverified(desk, person):
    desk.trust = CscaStore()
    identity = read(desk, person)
    assert (identity.assurance, identity.authenticity) == (Assurance.LOW, Authenticity.UNVERIFIED)
    assert identity.attributes


@BOTH
def test_the_phases_come_in_order(desk, person):
    read(desk, person)
    assert desk.phases == list(ReadPhase)


def test_an_identity_card_opens_with_its_zone_too(desk):
    person = desk.lay("wannes")
    assert desk.read(Way.TRAVEL_DOCUMENT, zone_of(person)).attributes == person.attributes


def test_only_what_was_asked_for_is_given(desk):
    assert set(read(desk, "zofia", NAMES).attributes) == NAMES


@BOTH
def test_the_face_is_not_read(desk, person):
    read(desk, person)
    assert not [command for command in desk.record.commands if command[1] == 0xB0 and command[2] == FACE_SFI]


def test_without_what_only_dg11_says_it_is_not_read(desk):
    read(desk, "zofia", frozenset({Attribute.NATIONALITY}))
    assert not [command for command in desk.record.commands if command[1] == 0xB0 and command[2] == 0x8B]


@BOTH
@pytest.mark.parametrize(
    ("fault", "code"),
    [
        (Fault.REMOVED, "CARD-02"),
        (Fault.UNREADABLE, "CARD-04"),
        (Fault.MUTE, "CARD-06"),
        (Fault.WRONG_MAC, "CARD-08"),
        (Fault.CLONE, "CARD-09"),
        (Fault.FORGED_SOD, "CARD-10"),
        (Fault.EXPIRED_CERTIFICATE, "CARD-10"),
        (Fault.HASH_MISMATCH, "CARD-11"),
        (Fault.SWAPPED, "CARD-15"),
    ],
)
def test_what_is_wrong_with_a_document_has_its_own_code(desk, person, fault, code):
    assert refused(desk, person, fault) == code


@BOTH
@pytest.mark.parametrize("fault", [Fault.SHORT_APDU, Fault.SLOW, Fault.SEVERAL_PACE_INFOS])
def test_documents_that_are_only_different_are_read(desk, person, fault):
    assert read(desk, person, fault=fault).assurance is Assurance.SUBSTANTIAL


def test_a_wrong_can(desk):
    desk.lay("wannes")
    assert desk.refused(Way.TRAVEL_DOCUMENT, Secret("000000")) == "CARD-03"


def test_wrong_printed_data(desk):
    key = zone_of(desk.lay("zofia"))
    wrong = replace(key, date_of_expiry=key.date_of_expiry + timedelta(days=1))
    assert desk.refused(Way.TRAVEL_DOCUMENT, wrong) == "CARD-28"


def test_a_document_number_no_document_has(desk):
    key = replace(zone_of(desk.lay("zofia")), document_number="ÄÖ?")
    assert desk.refused(Way.TRAVEL_DOCUMENT, key) == "CARD-28"


@pytest.mark.parametrize("person", ["erika", "chloe"])
def test_a_german_card_says_what_it_needs(desk, person):
    assert desk.refused(Way.TRAVEL_DOCUMENT, Secret(desk.lay(person).can)) == "CARD-27"
    assert not [command for command in desk.record.commands if command[1] not in (0xA4, 0xB0)]
