"""The online way on the screen: what is agreed to, what is typed, and what is gone afterwards."""

from __future__ import annotations

import pytest

from kiosk.errors import CATALOGUE
from kiosk.online import EnterCan, EnterPin, EnterPuk, InsertCard, OnlineAnswer, ShowCertificate
from kiosk.visit.model import BackWanted, IdentifyingOnline, OnlineAnswered, WayChosen
from screens.focus import focus

PIN = "407913"
CERTIFICATE = ShowCertificate("Stadt Musterstadt", "Probe CA", "Ausweisen am Terminal", None, ("GivenNames", "Address"))


@pytest.fixture
def at(session):
    procedure = session.offer.procedures["hund-anmelden"]

    def make(question=None, **more):
        return IdentifyingOnline(session, 2000.0, procedure, question, **more)

    return make


def words(bench):
    return "\n".join(node.label for node in bench.nodes())


def test_who_gets_what_and_why_is_said_before_anything_is_typed(bench, at):
    bench.show(at(CERTIFICATE))
    said = words(bench)
    assert "Vornamen, Anschrift" in said
    assert "Empfänger: Stadt Musterstadt" in said
    assert "Zweck: Ausweisen am Terminal" in said
    assert "Probe CA" in said

    bench.tap("continue")
    bench.tap("continue", hurried=True)

    assert bench.sent == [OnlineAnswered(OnlineAnswer())]


def test_a_certificate_without_rights_says_that_nothing_is_filled_in(bench, at):
    bench.show(at(ShowCertificate("Stadt Musterstadt", "Probe CA", "Ausweisen", None, ())))
    assert "Sie weisen sich nur aus" in words(bench)


@pytest.mark.parametrize(("question", "digits"), [(EnterPin(3), PIN), (EnterCan(), PIN), (EnterPuk(), PIN + "1234")])
def test_the_digits_leave_in_one_event_and_are_gone(bench, at, question, digits):
    bench.show(at(question))
    bench.type(digits)
    screen = bench.screen

    bench.tap("continue")

    held = [getattr(w, name) for w in screen.walk() for name in w.properties() if name not in ("parent", "children")]
    assert [event.answer.digits.reveal() for event in bench.sent] == [digits]
    assert digits not in repr(bench.sent)
    assert digits not in repr(held)


def test_pin_and_puk_are_dots_the_can_is_not(bench, at):
    for question, masked in ((EnterPin(3), True), (EnterPuk(), True), (EnterCan(), False)):
        bench.show(at(question))
        assert bench.find("digits").masked is masked


def test_too_few_digits_send_nothing(bench, at):
    bench.show(at(EnterPin(3)))
    bench.type("40791")
    bench.tap("continue")
    assert bench.sent == []
    assert bench.find("digits").error
    assert focus.current is bench.find("digits")


def test_a_wrong_pin_says_how_many_tries_are_left(bench, at):
    bench.show(at(EnterPin(2), wrong="CARD-17"))
    assert CATALOGUE["CARD-17"].citizen in words(bench)
    assert "Versuche, die noch bleiben: 2" in words(bench)


def test_on_a_reader_with_keys_there_is_nothing_to_type_here(bench, at):
    bench.show(at(EnterPin(3, on_reader=True)))
    ids = {node.id for node in bench.nodes()}
    assert "digits" not in ids
    assert "auf den Tasten des Lesers" in words(bench)


@pytest.mark.parametrize("question", [None, InsertCard()])
def test_while_it_works_one_can_turn_away(bench, at, question):
    bench.show(at(question))
    bench.tap("continue")
    bench.press("escape")
    assert bench.sent == [WayChosen(None), BackWanted()]
