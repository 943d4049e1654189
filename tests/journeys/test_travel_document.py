"""A passport or an EU identity card: looked at first, then unlocked with what is printed on it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from kiosk.identity import CardKind, MrzKey, Secret, Way
from kiosk.visit.model import (
    Answering,
    BackWanted,
    CanEntered,
    CardFailed,
    CardInserted,
    CardRead,
    CardRemoved,
    CardSeen,
    Identifying,
    IdentifyingPhase,
    Informing,
    LookAtCard,
    MrzEntered,
    NoticeAgreed,
    ProcedureChosen,
    ReadCard,
    WayChosen,
)

PRINTED = MrzKey("X00T47114", "1984-01-26", date(2033, 5, 31))


@pytest.fixture
def traveller(visit):
    """The citizen chose this way; nothing lies on the reader yet."""
    visit.state = replace(visit.state, session=_offering(visit.state.session, Way.ON_SITE, Way.TRAVEL_DOCUMENT))
    visit.does(ProcedureChosen("hund-anmelden"), NoticeAgreed(), WayChosen(Way.TRAVEL_DOCUMENT))
    return visit


def _offering(session, *ways):
    return replace(session, offer=replace(session.offer, ways=frozenset(ways)))


def test_a_passport_is_unlocked_with_its_printed_data(traveller, person):
    assert traveller.shows(Identifying, phase=IdentifyingPhase.INSERT)
    traveller.device_says(CardInserted())
    assert traveller.asks_for(LookAtCard)

    traveller.device_says(CardSeen, kind=CardKind.PASSPORT)
    assert traveller.shows(Identifying, phase=IdentifyingPhase.MRZ)

    traveller.does(MrzEntered(PRINTED))
    assert traveller.effects == (
        ReadCard(1, traveller.state.session.request, Way.TRAVEL_DOCUMENT, PRINTED, traveller.effects[0].attributes),
    )
    traveller.device_says(CardRead, identity=replace(person, way=Way.TRAVEL_DOCUMENT))
    assert traveller.shows(Answering)
    assert traveller.state.evidence.way is Way.TRAVEL_DOCUMENT
    assert traveller.state.evidence.confirmation is None
    assert PRINTED.document_number not in repr(traveller.everything_so_far)


def test_an_eu_card_is_unlocked_with_its_can_and_without_staff(traveller):
    traveller.device_says(CardInserted())
    traveller.device_says(CardSeen, kind=CardKind.EU_CARD)
    assert traveller.shows(Identifying, phase=IdentifyingPhase.CAN)
    traveller.does(CanEntered(Secret("500540")))
    assert traveller.asks_for(ReadCard)


def test_a_german_card_is_never_asked_for_its_can_this_way(traveller):
    traveller.device_says(CardInserted())
    traveller.device_says(CardSeen, kind=CardKind.GERMAN)
    assert traveller.shows(Identifying, phase=IdentifyingPhase.WAY, problem="CARD-27")
    traveller.does(CanEntered(Secret("500540")))
    assert traveller.ignored


def test_where_no_staff_help_a_german_card_is_not_sent_to_them(visit):
    visit.state = replace(visit.state, session=_offering(visit.state.session, Way.TRAVEL_DOCUMENT))
    visit.does(ProcedureChosen("hund-anmelden"), NoticeAgreed(), WayChosen(Way.TRAVEL_DOCUMENT))
    visit.device_says(CardInserted())
    visit.device_says(CardSeen, kind=CardKind.GERMAN)
    assert visit.shows(Identifying, phase=IdentifyingPhase.WAY, problem="CARD-16")


def test_a_bank_card_is_told_apart_from_a_broken_reader(traveller):
    traveller.device_says(CardInserted())
    traveller.device_says(CardSeen, kind=CardKind.UNKNOWN)
    assert traveller.shows(Identifying, phase=IdentifyingPhase.WAY, problem="CARD-16")


def test_printed_data_that_do_not_fit_are_typed_again(traveller):
    traveller.device_says(CardInserted())
    traveller.device_says(CardSeen, kind=CardKind.PASSPORT)
    traveller.does(MrzEntered(PRINTED))
    traveller.device_says(CardFailed, code="CARD-28")
    assert traveller.shows(Identifying, phase=IdentifyingPhase.MRZ, problem="CARD-28")


def test_a_card_that_cannot_be_looked_at_is_not_looked_at_for_ever(traveller):
    traveller.device_says(CardInserted())
    traveller.device_says(CardFailed, code="CARD-02")
    assert traveller.shows(Identifying, phase=IdentifyingPhase.INSERT, problem="CARD-02")
    assert traveller.effects == ()
    traveller.device_says(CardRemoved())
    traveller.device_says(CardInserted())
    assert traveller.asks_for(LookAtCard)


def test_another_card_is_looked_at_anew(traveller):
    traveller.device_says(CardInserted())
    traveller.device_says(CardSeen, kind=CardKind.PASSPORT)
    traveller.device_says(CardRemoved())
    assert traveller.shows(Identifying, phase=IdentifyingPhase.INSERT, kind=None)
    traveller.device_says(CardInserted())
    assert traveller.asks_for(LookAtCard)
    traveller.device_says(CardSeen, kind=CardKind.EU_CARD)
    assert traveller.shows(Identifying, phase=IdentifyingPhase.CAN)


def test_a_look_that_comes_after_the_citizen_went_on_changes_nothing(traveller):
    traveller.device_says(CardInserted())
    traveller.does(BackWanted(), BackWanted())
    assert traveller.shows(Informing)
    traveller.device_says(CardSeen, kind=CardKind.PASSPORT)
    assert traveller.shows(Informing)


def test_a_way_this_terminal_does_not_have_is_no_way(visit):
    visit.does(ProcedureChosen("hund-anmelden"), NoticeAgreed(), WayChosen(Way.TRAVEL_DOCUMENT))
    assert visit.ignored
