"""The way of the card and the staff's confirmation: what is said, what is sent, and what is gone afterwards."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from kiosk.errors import CATALOGUE
from kiosk.identity import MrzKey, ReadPhase, StaffConfirmation, Way
from kiosk.visit.model import (
    BackWanted,
    CanEntered,
    Confirming,
    Identifying,
    IdentifyingPhase,
    MrzEntered,
    StaffCodeEntered,
    WayChosen,
)
from screens.focus import focus

CAN = "407913"
CODE = "681204"
PASSPORT = {
    "document_number": "x00t47114",
    "date_of_birth": "26",
    "date_of_birth.2": "01",
    "date_of_birth.3": "1984",
    "date_of_expiry": "31",
    "date_of_expiry.2": "05",
    "date_of_expiry.3": "2033",
}
CONFIRMATION = StaffConfirmation("17", datetime(2026, 11, 22, 13, 0, tzinfo=UTC))


@pytest.fixture
def at(session):
    """A state of the way of the card: at(phase, …)."""
    procedure = session.offer.procedures["hund-anmelden"]

    def make(phase, **more):
        return Identifying(session, 2000.0, procedure, phase, **more)

    return make


@pytest.fixture
def confirming(session):
    def make(**more):
        return Confirming(session, 2000.0, session.offer.procedures["hund-anmelden"], **more)

    return make


def words(bench):
    return "\n".join(node.label for node in bench.nodes())


def everything_held(widget):
    """Every property value of every widget of the screen."""
    return [getattr(w, name) for w in widget.walk() for name in w.properties() if name not in ("parent", "children")]


def test_it_says_what_will_be_read_and_that_staff_must_be_there(bench, at):
    bench.show(at(IdentifyingPhase.WAY))

    said = words(bench)

    assert "Vornamen, Familienname, Geburtsname, Doktorgrad, Geburtsdatum, Geburtsort, Anschrift" in said
    assert "Staatsangehörigkeit" not in said, "this procedure does not want it"
    assert "Jemand vom Personal" in said
    assert "Es ist nicht die PIN" in said


@pytest.mark.parametrize(
    ("tapped", "way"), [("with-card", Way.ON_SITE), ("with-passport", Way.TRAVEL_DOCUMENT), ("without-card", None)]
)
def test_every_way_is_one_tap(bench, at, tapped, way):
    bench.show(at(IdentifyingPhase.WAY))

    bench.tap(tapped)
    bench.tap(tapped, hurried=True)

    assert bench.sent == [WayChosen(way)]


@pytest.mark.parametrize("phase", list(IdentifyingPhase))
def test_from_everywhere_it_goes_on_without_the_card_and_back(bench, at, phase):
    bench.show(at(phase, confirmation=CONFIRMATION))
    ways = {node.label for node in bench.nodes() if node.role == "button"}

    bench.press("escape")

    assert "Ohne Ausweis weiter" in ways
    assert bench.sent == [BackWanted()]


@pytest.mark.parametrize("code", ["CARD-01", "CARD-04", "CARD-05"])
def test_a_failed_reading_is_said_in_the_words_of_the_catalogue(bench, at, code):
    bench.show(at(IdentifyingPhase.WAY, confirmation=CONFIRMATION, problem=code))

    problem = next(node for node in bench.nodes() if node.id == "problem")

    assert problem.label == CATALOGUE[code].citizen
    assert problem.role == "alert"


def test_wrong_digits_say_how_many_tries_are_left(bench, at):
    bench.show(at(IdentifyingPhase.CAN, confirmation=CONFIRMATION, problem="CARD-03", tries_left=2))

    assert CATALOGUE["CARD-03"].citizen in words(bench)
    assert "Versuche, die noch bleiben: 2" in words(bench)


def test_the_six_digits_leave_in_one_event_and_are_gone(bench, at):
    bench.show(at(IdentifyingPhase.CAN, confirmation=CONFIRMATION))
    for digit in CAN:
        bench.type(digit)
    screen = bench.screen

    bench.tap("continue")
    bench.tap("continue", hurried=True)

    assert [type(event) for event in bench.sent] == [CanEntered]
    assert bench.sent[0].can.reveal() == CAN
    assert CAN not in repr(bench.sent)
    assert CAN not in repr(everything_held(screen))
    assert CAN not in repr(bench.nodes())


def test_what_a_passport_has_printed_leaves_in_one_event_and_is_gone(bench, at):
    bench.show(at(IdentifyingPhase.MRZ, way=Way.TRAVEL_DOCUMENT))
    for field, text in PASSPORT.items():
        focus.take(bench.find(field))
        bench.type(text)
    screen = bench.screen

    bench.tap("continue")

    assert bench.sent == [MrzEntered(MrzKey("X00T47114", "1984-01-26", date(2033, 5, 31)))]
    assert "X00T47114" not in repr(bench.sent)
    assert "X00T47114" not in repr(everything_held(screen)).upper()


@pytest.mark.parametrize(
    ("unknown", "born"),
    [({"date_of_birth"}, "1984-01"), ({"date_of_birth", "date_of_birth.2"}, "1984")],
    ids=["day", "day and month"],
)
def test_unknown_parts_of_the_birth_date_are_left_free(bench, at, unknown, born):
    bench.show(at(IdentifyingPhase.MRZ, way=Way.TRAVEL_DOCUMENT))
    for field, text in PASSPORT.items():
        if field not in unknown:
            focus.take(bench.find(field))
            bench.type(text)

    bench.tap("continue")

    assert bench.sent == [MrzEntered(MrzKey("X00T47114", born, date(2033, 5, 31)))]


def test_a_passport_date_that_cannot_be_is_said_before_the_card_is_asked(bench, at):
    bench.show(at(IdentifyingPhase.MRZ, way=Way.TRAVEL_DOCUMENT))
    for field, text in (PASSPORT | {"date_of_birth.2": "13"}).items():
        focus.take(bench.find(field))
        bench.type(text)

    bench.tap("continue")

    assert bench.sent == []
    assert bench.find("date_of_birth").error
    assert focus.current is bench.find("date_of_birth")


def test_only_ways_this_terminal_has_are_shown(bench, at, session):
    only_passports = replace(session, offer=replace(session.offer, ways=frozenset({Way.TRAVEL_DOCUMENT})))
    bench.show(replace(at(IdentifyingPhase.WAY), session=only_passports))

    ids = {node.id for node in bench.nodes()}

    assert {"with-passport", "without-card"} <= ids
    assert not {"with-card", "with-pin"} & ids
    assert "Jemand vom Personal" not in words(bench)


def test_the_digits_are_never_spoken(bench, at):
    bench.show(at(IdentifyingPhase.CAN, confirmation=CONFIRMATION))
    bench.type("407")

    node = next(node for node in bench.nodes() if node.id == "can")

    assert node.private
    assert node.value == "3 von 6 Ziffern"


def test_too_few_digits_send_nothing_and_say_what_is_missing(bench, at):
    bench.show(at(IdentifyingPhase.CAN, confirmation=CONFIRMATION))
    bench.type("40791")

    bench.tap("continue")

    assert bench.sent == []
    assert bench.find("can").error == "Es fehlt noch eine Ziffer."
    assert focus.current is bench.find("can")


def test_letters_and_a_seventh_digit_are_not_taken(bench, at):
    bench.show(at(IdentifyingPhase.CAN, confirmation=CONFIRMATION))

    bench.type("4a0 7\n91388")

    assert bench.find("can").text == "407913"


def test_another_phase_is_another_screen_so_the_boxes_are_gone(bench, at):
    bench.show(at(IdentifyingPhase.CAN, confirmation=CONFIRMATION))
    before = bench.screen

    bench.show(at(IdentifyingPhase.READING, confirmation=CONFIRMATION))

    assert bench.screen is not before


def test_reading_says_how_far_it_is(bench, at):
    bench.show(at(IdentifyingPhase.READING, confirmation=CONFIRMATION))
    first = bench.screen.part.bar.share

    bench.show(at(IdentifyingPhase.READING, confirmation=CONFIRMATION, read_phase=ReadPhase.READING))

    assert bench.screen.part.bar.share > first
    assert "Echtheit prüfen: erledigt" in words(bench)
    assert "Angaben lesen: läuft gerade" in words(bench)
    assert "Lassen Sie den Ausweis liegen." in words(bench)


# ---- staff ------------------------------------------------------------------------------------


def test_staff_confirm_with_number_and_code(bench, confirming):
    bench.show(confirming())
    bench.type("17")
    bench.tap("staff-code")
    bench.type(CODE)
    screen = bench.screen

    bench.tap("continue")
    bench.tap("continue", hurried=True)

    assert [(event.staff_id, event.code.reveal()) for event in bench.sent] == [("17", CODE)]
    assert isinstance(bench.sent[0], StaffCodeEntered)
    assert CODE not in repr(everything_held(screen))
    assert CODE not in repr(bench.nodes())


def test_without_number_or_code_nothing_is_asked(bench, confirming):
    bench.show(confirming())

    bench.tap("continue")

    assert bench.sent == []
    assert bench.find("staff-number").error
    assert bench.find("staff-code").error


@pytest.mark.parametrize("code", ["STAFF-01", "STAFF-02"])
def test_a_refused_confirmation_is_said_and_can_be_repeated(bench, confirming, code):
    bench.show(confirming(problem=code))

    assert CATALOGUE[code].citizen in words(bench)
    assert bench.find("staff-code").text == ""


def test_while_the_roster_is_asked_there_is_nothing_to_type_but_a_way_on(bench, confirming):
    bench.show(confirming(waiting=True))
    ids = {node.id for node in bench.nodes()}

    bench.tap("without-card")

    assert not ids & {"staff-number", "staff-code", "continue"}
    assert "Der Code wird geprüft" in words(bench)
    assert bench.sent == [WayChosen(None)]


def test_after_a_refusal_the_boxes_are_there_again(bench, confirming):
    bench.show(confirming())
    bench.show(confirming(waiting=True))
    bench.show(confirming(problem="STAFF-01"))

    assert focus.current is bench.find("staff-code")
    assert {"staff-number", "staff-code", "continue"} <= {node.id for node in bench.nodes()}
