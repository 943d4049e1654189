"""Mängelmelder: anonymous if wanted, and danger first."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from kiosk.language import Language
from kiosk.procedures.summary import summary

from .conftest import TODAY, Citizen


@pytest.fixture
def reporter(citizen: Callable[[str], Citizen]) -> Citizen:
    return citizen("maengelmelder")


def test_a_report_needs_no_name_and_no_card(reporter: Citizen, german: Language) -> None:
    reporter.says("category", category="light").says("danger", danger="no")
    reporter.says("place", place_street="Musterallee 17", place_detail="")
    reporter.says("description", description="Die Laterne ist dunkel.")
    reporter.says("contact-wanted", contact_wanted="no", public_ok="yes")

    assert reporter.journey.complete
    assert not reporter.procedure.card
    (target,) = reporter.procedure.destinations
    told = {
        row.path: row.text
        for section in summary(reporter.procedure, reporter.answers, TODAY, german, target)
        for row in section.rows
    }
    assert told == {
        "category": "Beleuchtung",
        "danger": "Nein",
        "place_street": "Musterallee 17",
        "place_detail": "keine Angabe",
        "description": "Die Laterne ist dunkel.",
        "contact_wanted": "Nein",
        "public_ok": "Ja",
    }


def test_danger_is_answered_with_the_emergency_numbers_before_anything_else(reporter: Citizen) -> None:
    reporter.says("category", category="road").says("danger", danger="yes")

    assert reporter.asked == "emergency"
    step = reporter.journey.next
    assert step is not None
    assert "112" in step.page.title
    assert [notice.tone for notice in step.page.notices] == ["danger"]

    reporter.says("emergency", danger_understood="yes")
    assert reporter.asked == "place"


def test_whoever_wants_an_answer_gives_an_address_for_it(reporter: Citizen) -> None:
    reporter.says("category", category="waste").says("danger", danger="no")
    reporter.says("contact-wanted", contact_wanted="yes", public_ok="no")

    reporter.says("contact", email="", reporter_name="")
    assert reporter.problems == {"email": "Bitte füllen Sie dieses Feld aus."}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("kaputt", "mindestens 10 Zeichen"),
        ("x" * 1001, "höchstens 1000 Zeichen"),
        ("Laterne \u202e dunkel!", "unsichtbares"),
        ("Die Laterne 💡 ist aus", "Bildzeichen"),
        ("Фонарь не горит", "lateinischen"),
    ],
)
def test_a_description_that_cannot_stand(reporter: Citizen, text: str, told: str) -> None:
    reporter.says("description", description=text)

    assert told in reporter.problems["description"]
