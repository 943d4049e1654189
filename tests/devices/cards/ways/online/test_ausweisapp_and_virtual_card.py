"""Debian's AusweisApp2 as the terminal against our virtual card, over pcscd and vpcd; our client is the citizen's.

A change of the PIN needs no eID server: AusweisApp reads EF.CardAccess, runs PACE with PIN, CAN or PUK as the card's
counters want it, and sets the new PIN over secure messaging. All of that is theirs, all of the card is ours.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date

import pytest

from devices.cards.people import Document, Person, load_people
from devices.cards.pki.making import make_specimen_pki
from devices.cards.virtual.faults import Fault
from devices.cards.virtual.making import make_card
from devices.cards.virtual.vpcd import VpcdClient
from devices.cards.ways.online.dialogue_state import EnterNewPin
from kiosk.errors import CardError
from kiosk.identity import Secret
from kiosk.online import EnterCan, EnterPin, EnterPuk, InsertCard, OnlineAnswer, RemoveCard
from tests.devices.cards.namespaces import alone
from tests.devices.cards.running_service import RunningService
from tests.devices.cards.ways.online.sdk import Talk, ausweisapp, changes_pin

TODAY = date(2026, 11, 25)
PKI = make_specimen_pki(TODAY)
PEOPLE = load_people()
ERIKA = PEOPLE["erika"]
UNION_CARD = next(person for person in PEOPLE.values() if person.document is Document.UNION_CARD)
WRONG, NEW = "000000", "271828"


@dataclass(frozen=True, slots=True)
class Counter:
    """A reader with the person's card in it, and AusweisApp."""

    person: Person
    card: VpcdClient
    talk: Talk

    def changes_pin(self, *typed: object, **options) -> list[object]:
        """What was asked for but the card itself, which AusweisApp may or may not have seen before."""
        questions = changes_pin(self.talk, *typed, lay=self.card.insert, **options)
        return [question for question in questions if not isinstance(question, InsertCard | RemoveCard)]


@contextmanager
def counter(fault: Fault | None = None, person: Person = ERIKA) -> Iterator[Counter]:
    card = VpcdClient(make_card(person, fault, today=TODAY, pki=PKI))
    with RunningService(), ausweisapp() as talk:
        try:
            yield Counter(person, card, talk)
        finally:
            card.remove()


@alone
def test_the_pin_is_changed_and_the_new_one_counts():
    with counter() as at:
        assert at.changes_pin(at.person.pin, NEW) == [EnterPin(tries_left=3), EnterNewPin()]
        assert at.changes_pin(at.person.pin, NEW, WRONG) == [EnterPin(tries_left=3), EnterPin(2), EnterNewPin()]


@pytest.mark.parametrize("fault", [Fault.SHORT_APDU, Fault.SEVERAL_PACE_INFOS])
@alone
def test_what_a_card_may_be_like_is_no_obstacle(fault):
    with counter(fault) as at:
        assert at.changes_pin(at.person.pin, NEW) == [EnterPin(tries_left=3), EnterNewPin()]


@alone
def test_a_unionsbuergerkarte_has_a_pin_too():
    with counter(person=UNION_CARD) as at:
        assert at.changes_pin(at.person.pin, NEW) == [EnterPin(tries_left=3), EnterNewPin()]


@alone
def test_a_card_taken_away_while_the_pin_is_typed_is_asked_for_again():
    with counter() as at:
        questions = at.changes_pin(at.card.remove, at.person.pin, NEW)

    assert questions == [EnterPin(tries_left=3), EnterPin(tries_left=3), EnterNewPin()]


@alone
def test_a_card_taken_away_with_the_pin_on_its_way_ends_it():
    with counter() as at:

        def type_and_take_away() -> None:
            at.talk.inbox.put(OnlineAnswer(Secret(at.person.pin)))
            at.card.remove()

        with pytest.raises(CardError) as ended:
            at.changes_pin(type_and_take_away)

    # Whether AusweisApp wants another card, or says that it is done, is a matter of milliseconds.
    assert ended.value.code in {"CARD-02", "CARD-04"}


@alone
def test_a_wrong_pin_counts_down_and_the_right_one_sets_the_counter_back():
    with counter() as at:
        assert at.changes_pin(WRONG, at.person.pin, NEW) == [EnterPin(3), EnterPin(2), EnterNewPin()]
        assert at.changes_pin(NEW, NEW) == [EnterPin(3), EnterNewPin()]


@alone
def test_the_last_try_is_left():
    with counter() as at, pytest.raises(CardError) as ended:
        at.changes_pin(WRONG, WRONG)

    assert (ended.value.code, ended.value.tries_left) == ("CARD-18", 1)


@alone
def test_the_can_opens_the_last_try():
    with counter() as at:
        questions = at.changes_pin(WRONG, WRONG, at.person.can, at.person.pin, NEW, spend_last_try=True)

    assert questions == [EnterPin(3), EnterPin(2), EnterCan(), EnterPin(1), EnterNewPin()]


@alone
def test_a_wrong_can_costs_nothing():
    with counter(Fault.PIN_SUSPENDED) as at:
        questions = at.changes_pin(WRONG, at.person.can, at.person.pin, NEW, spend_last_try=True)

    assert questions == [EnterCan(), EnterCan(), EnterPin(1), EnterNewPin()]


@alone
def test_the_puk_opens_a_blocked_pin():
    with counter(Fault.PIN_SUSPENDED) as at:
        typed = (at.person.can, WRONG, at.person.puk, at.person.pin, NEW)
        questions = at.changes_pin(*typed, spend_last_try=True)

    assert questions == [EnterCan(), EnterPin(1), EnterPuk(), EnterPin(3), EnterNewPin()]


@alone
def test_a_card_whose_online_function_is_off_is_named():
    with counter(Fault.DEACTIVATED) as at, pytest.raises(CardError) as ended:
        at.changes_pin()

    assert ended.value.code == "CARD-20"


@alone
def test_no_digit_is_in_a_log(caplog):
    for name in ("kiosk.cards", "websockets"):
        caplog.set_level(logging.DEBUG, logger=name)

    with counter() as at:
        at.changes_pin(WRONG, WRONG, at.person.can, at.person.pin, NEW, spend_last_try=True)

    assert not [secret for secret in (at.person.pin, at.person.can, NEW) if secret in caplog.text]
