"""The review page and the binding tap: everything is there, says where it came from, and is sent once."""

from __future__ import annotations

from dataclasses import replace

import pytest

from kiosk.errors import CATALOGUE
from kiosk.procedures.journey import contest
from kiosk.procedures.summary import summary
from kiosk.visit.model import (
    Answering,
    BackWanted,
    ChangeWanted,
    Consenting,
    Contested,
    ReviewAccepted,
    Reviewing,
    SubmissionConfirmed,
)

CARD = {
    "family_names": "von und zu Musterhausen-Beispielberg-Probenstein auf Langenfeld und Breitenfeld " * 3,
    "given_names": "Jana",
    "birth_name": "",
    "doctoral_degree": "",
    "date_of_birth": "1964-08",
    "place_of_birth": "Musterstadt",
    "street": "",
    "postcode": "03046",
    "city": "Cottbus/Chóśebuz",
}


@pytest.fixture(scope="module")
def with_card(application):
    return application("hund-anmelden", CARD)


@pytest.fixture
def reviewing(session):
    return lambda application, **more: Reviewing(session, 2000.0, application, **more)


@pytest.fixture
def consenting(session):
    return lambda application, **more: Consenting(session, 2000.0, application, **more)


def words(bench):
    return "\n".join(node.label for node in bench.nodes())


def rows(bench):
    return {node.id: node for node in bench.nodes() if node.role == "row"}


def bring(bench, node_id):
    """Scroll until a row's link can be touched."""
    widget = bench.find(node_id)
    bench.screen.area.reveal(widget)
    bench.settle()
    return widget


def test_every_answer_is_there_whole_with_its_source(bench, reviewing, with_card, languages):
    bench.show(reviewing(with_card))
    sections = summary(with_card.procedure, with_card.answers, with_card.today, languages["de"])

    shown = rows(bench)

    assert list(shown) == [row.path for section in sections for row in section.rows]
    for section in sections:
        assert section.title in words(bench)
        for row in section.rows:
            assert shown[row.path].label == row.label
            assert shown[row.path].value.startswith(row.text)
            assert shown[row.path].private
    assert shown["family_names"].value.endswith(", vom Ausweis")
    assert not shown["phone"].value.endswith("vom Ausweis")


def test_change_and_doubt_name_the_step_and_the_path(bench, reviewing, with_card):
    bench.show(reviewing(with_card))

    bring(bench, "dogs.1.dog_name!")
    bench.tap("dogs.1.dog_name!")
    bench.tap("dogs.1.dog_name!", hurried=True)
    bring(bench, "family_names!")
    bench.tap("family_names!")

    assert bench.sent == [ChangeWanted("dogs.1.dog-name"), Contested("family_names")]


def test_a_contested_value_stays_and_the_citizens_version_stands_beside_it(bench, reviewing, with_card):
    answers = contest(with_card.procedure, with_card.answers, "given_names", "Janina")
    bench.show(reviewing(replace(with_card, answers=answers)))

    value = rows(bench)["given_names"].value

    assert value == "Jana, vom Ausweis, stimmt nicht, Ihre Angabe dazu: Janina"


def test_a_contested_value_is_shown_on_its_own_page_too(bench, session, with_card):
    answers = contest(with_card.procedure, with_card.answers, "given_names", "Janina")
    bench.show(Answering(session, 2000.0, with_card.procedure, answers, "name", returning=True))

    assert "Ihre Angabe dazu: Janina" in [getattr(widget, "text", "") for widget in bench.screen.walk()]


def test_five_dogs_are_five_sections(bench, reviewing, application):
    bench.show(reviewing(application("hund-anmelden", CARD, dogs=5)))
    bench.settle()

    assert [f"Hund {number}" for number in range(1, 6) if f"Hund {number}" in words(bench).splitlines()] == [
        "Hund 1",
        "Hund 2",
        "Hund 3",
        "Hund 4",
        "Hund 5",
    ]
    assert bench.screen.area.overflow
    assert {"page-up", "page-down"} <= {widget.node_id for widget in bench.screen.area.pager.children}


def test_who_gets_what_fee_and_warning_stand_below(bench, reviewing, application):
    parking = application("bewohnerparkausweis")
    bench.show(reviewing(parking))

    said = words(bench)

    assert "Gebühr: 60,00\xa0€" in said
    assert "Stand: 1. April 2025" in said
    assert "Das geht an eine Stelle." in said


def test_each_department_is_shown_only_its_own_labels(bench, reviewing, with_card):
    bench.show(reviewing(with_card))
    lists = [line for line in words(bench).splitlines() if " · " in line]

    assert len(lists) == 2
    tax, register = lists
    assert "Chipnummer" in register
    assert "Chipnummer" not in tax


def test_on_to_sending_and_back(bench, reviewing, with_card):
    bench.show(reviewing(with_card, problem="DOC-01"))

    assert CATALOGUE["DOC-01"].citizen in words(bench)
    bench.tap("continue")
    bench.tap("back")

    assert bench.sent == [ReviewAccepted(), BackWanted()]


def test_the_draft_arriving_moves_nothing(bench, reviewing, with_card):
    bench.show(reviewing(with_card))
    before = bench.find("given_names")
    bench.screen.area.page(1)
    bench.settle()
    offset = bench.screen.area.offset

    bench.show(reviewing(with_card, problem="DOC-01"))

    assert bench.find("given_names") is before
    assert bench.screen.area.offset == offset


# ---- the binding tap --------------------------------------------------------------------------


def test_the_binding_tap_is_one_event_and_shares_nothing_by_itself(bench, consenting, with_card):
    bench.show(consenting(with_card))

    bench.tap("continue")
    bench.tap("continue", hurried=True)

    assert bench.sent == [SubmissionConfirmed(share_references=False)]
    assert bench.find("continue").text == "Verbindlich absenden"


def test_departments_may_know_of_each_other_only_if_ticked(bench, consenting, with_card):
    bench.show(consenting(with_card))

    bring(bench, "share=yes")
    bench.tap("share=yes")
    bench.tap("continue")

    assert bench.sent == [SubmissionConfirmed(share_references=True)]


def test_with_one_department_there_is_nothing_to_share(bench, consenting, application):
    bench.show(consenting(application("maengelmelder")))

    assert "share=yes" not in {node.id for node in bench.nodes()}


def test_while_it_is_prepared_there_is_no_second_tap(bench, consenting, with_card):
    bench.show(consenting(with_card, waiting=True))

    assert "continue" not in {node.id for node in bench.nodes()}
    assert "werden vorbereitet" in words(bench)


def test_a_failed_save_says_that_nothing_was_sent(bench, consenting, with_card):
    bench.show(consenting(with_card, problem="OUTBOX-01"))

    assert "Es wurde nichts gesendet." in words(bench)
    assert CATALOGUE["OUTBOX-01"].citizen in words(bench)
