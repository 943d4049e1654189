"""Card and PIN over the eID server, as the citizen meets it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from kiosk.identity import ReadPhase, Secret, Way
from kiosk.online import EnterCan, EnterPin, InsertCard, OnlineAnswer, RemoveCard, ShowCertificate
from kiosk.visit.model import (
    Answering,
    AnswerOnline,
    BackWanted,
    CardFailed,
    CardProgressed,
    CardRead,
    Identifying,
    IdentifyingOnline,
    IdentifyingPhase,
    IdentifyOnline,
    NoticeAgreed,
    OnlineAnswered,
    OnlineAsked,
    ProcedureChosen,
    WayChosen,
)

CERTIFICATE = ShowCertificate("Stadt Musterstadt", "Probe CA", "Ausweisen", date(2027, 1, 1), ("GivenNames",))
PIN = OnlineAnswered(OnlineAnswer(Secret("271828")))
AGREED = OnlineAnswered(OnlineAnswer())


@pytest.fixture
def online(visit):
    """The citizen chose this way."""
    session = visit.state.session
    visit.state = replace(visit.state, session=replace(session, offer=replace(session.offer, ways=frozenset(Way))))
    visit.does(ProcedureChosen("hund-anmelden"), NoticeAgreed(), WayChosen(Way.ONLINE))
    visit.way = visit.effects[0]
    assert isinstance(visit.way, IdentifyOnline)
    visit.ways_ask = lambda question: visit.does(OnlineAsked(visit.way.visit_id, visit.way.request, question))
    return visit


def test_a_citizen_agrees_lays_the_card_down_types_the_pin_and_is_known(online, person):
    online.ways_ask(CERTIFICATE)
    assert online.shows(IdentifyingOnline, question=CERTIFICATE)
    online.does(AGREED)
    assert online.asks_for(AnswerOnline)
    assert online.shows(IdentifyingOnline, question=None)

    online.ways_ask(InsertCard())
    online.does(PIN)
    assert online.ignored, "nothing was asked that a finger could answer"

    online.ways_ask(EnterPin(3))
    online.does(PIN)
    online.device_says(CardProgressed, phase=ReadPhase.READING)
    online.ways_ask(RemoveCard())
    online.device_says(CardRead, identity=replace(person, way=Way.ONLINE))

    assert online.shows(Answering)
    assert online.state.evidence.way is Way.ONLINE
    assert "271828" not in repr(online.everything_so_far)


def test_a_wrong_pin_is_said_and_how_many_tries_are_left(online):
    online.ways_ask(EnterPin(3))
    online.does(PIN)
    online.ways_ask(EnterPin(2))
    assert online.shows(IdentifyingOnline, question=EnterPin(2), wrong="CARD-17")


def test_after_two_wrong_pins_the_can_is_asked_for_without_a_reproach(online):
    online.ways_ask(EnterPin(2))
    online.does(PIN)
    online.ways_ask(EnterCan())
    assert online.shows(IdentifyingOnline, question=EnterCan(), wrong="")


def test_digits_typed_on_the_reader_are_not_typed_here(online):
    online.ways_ask(EnterPin(3, on_reader=True))
    online.does(PIN)
    assert online.ignored


def test_a_double_tap_hands_the_pin_over_once(online):
    online.ways_ask(EnterPin(3))
    online.does(PIN, PIN)
    assert sum(isinstance(effect, AnswerOnline) for effect in online.asked) == 1


def test_what_fails_leads_back_to_the_choice_of_a_way(online):
    online.ways_ask(EnterPin(1))
    online.device_says(CardFailed, code="CARD-18", tries_left=1)
    assert online.shows(Identifying, phase=IdentifyingPhase.WAY, problem="CARD-18", tries_left=1)


def test_turning_away_makes_everything_of_the_way_come_too_late(online, person):
    online.ways_ask(EnterPin(3))
    online.does(BackWanted())
    assert online.shows(Identifying, phase=IdentifyingPhase.WAY)
    online.ways_ask(EnterPin(2))
    online.does(CardRead(online.way.visit_id, online.way.request, person))
    assert online.shows(Identifying, phase=IdentifyingPhase.WAY, problem="")


def test_without_a_card_it_goes_on_from_here_too(online):
    online.does(WayChosen(None))
    assert online.shows(Answering, evidence=None)
