"""Any page of any procedure: what it says, what it sends, what it does with a refusal or a card value."""

from __future__ import annotations

from dataclasses import replace

import pytest

from kiosk.procedures.journey import journey
from kiosk.procedures.model import Answer, Problem
from kiosk.procedures.samples import branches, samples
from kiosk.visit.model import Answering, AnswersGiven, BackWanted, Contested


def words(bench):
    return [node.label for node in bench.nodes()]


def test_progress_is_told_in_words(bench, session, ask):
    bench.show(ask(session, "birth"))

    assert "Hund anmelden" in words(bench)
    assert "Seite 3 von 12" in words(bench)


def test_the_second_dog_is_called_so(bench, session, ask):
    bench.show(ask(session, "dogs.2.dog-name", {"applicant_is": Answer("keeper"), "dogs.1.more": Answer("yes")}))

    assert "Hund 2" in words(bench)


def test_the_answers_of_all_fields_are_sent_raw(bench, session, ask):
    bench.show(ask(session, "dogs.1.dog-origin"))
    bench.tap("dogs.1.acquired_on")
    bench.type("14")
    bench.tap("dogs.1.acquired_on.2")
    bench.type("11")
    bench.tap("dogs.1.acquired_on.3")
    bench.type("2026")
    bench.tap("dogs.1.origin=shelter")

    bench.tap("continue")

    expected = {"dogs.1.acquired_on": "14.11.2026", "dogs.1.origin": "shelter"}
    assert bench.sent == [AnswersGiven("dogs.1.dog-origin", expected)]


def test_a_date_with_unknown_parts(bench, session, ask):
    bench.show(ask(session, "birth"))
    bench.tap("birth_date.3")
    bench.type("1964")
    bench.tap("continue")

    assert bench.sent[0].texts["birth_date"] == "..1964"


def test_an_address_is_three_lines(bench, session, ask):
    bench.show(ask(session, "address"))
    for node_id, text in (("address", "Musterweg 1"), ("address.2", "03046"), ("address.3", "Cottbus/Chóśebuz")):
        bench.tap(node_id)
        bench.type(text)
    bench.tap("continue")

    assert bench.sent[0].texts == {"address": "Musterweg 1\n03046\nCottbus/Chóśebuz"}


def test_known_answers_stand_in_their_fields(bench, session, ask):
    known = {"birth_date": Answer("1980-11-24"), "birth_place": Answer("Cottbus/Chóśebuz")}
    bench.show(ask(session, "birth", known))

    assert [bench.find(node_id).text for node_id in ("birth_date", "birth_date.2", "birth_date.3")] == [
        "24",
        "11",
        "1980",
    ]
    assert bench.find("birth_place").text == "Cottbus/Chóśebuz"


def test_a_refusal_is_told_on_top_and_at_the_field_and_keeps_what_was_typed(bench, session, ask):
    page = ask(session, "birth")
    bench.show(page)
    bench.tap("birth_place")
    bench.type("Cottbus")

    bench.show(replace(page, texts={"birth_place": "Cottbus"}, problems={"birth_date": Problem("required")}))

    assert bench.find("problems.1").text == "Geburtsdatum: Bitte füllen Sie dieses Feld aus."
    assert bench.find("birth_date").error == "Bitte füllen Sie dieses Feld aus."
    assert bench.find("birth_place").error == ""
    assert bench.find("birth_place").text == "Cottbus"
    bench.tap("problems.1")
    assert bench.find("birth_date").focused


def test_a_refusal_speaks_the_language_of_now(bench, session, ask):
    refused = ask(session, "birth", problems={"birth_place": Problem("too-long", {"limit": 120})})
    bench.show(refused)
    german = bench.find("problems.1").text

    bench.show(replace(refused, session=replace(session, language="en")))

    assert bench.find("problems.1").text != german
    assert "120" in bench.find("problems.1").text


def test_a_card_value_is_shown_not_asked_and_can_be_contested(bench, session, states):
    bench.show(states(session)["from-card"])
    shown = {node.id: node for node in bench.nodes()}

    assert shown["given_names"].role == "row"
    assert shown["given_names"].value == "Jana, vom Ausweis"
    bench.tap("given_names!")
    assert bench.sent == [Contested("given_names")]


def test_contesting_asks_for_that_one_field_only(bench, session, states):
    bench.show(states(session)["contesting"])
    boxes = [node.id for node in bench.nodes() if node.role == "textbox"]
    assert boxes == ["family_names"]

    bench.type("Musterin")
    bench.tap("continue")

    assert bench.sent[0].texts == {"family_names": "Musterin"}


def test_a_stop_page_offers_the_way_back_and_no_way_on(bench, session):
    parking = session.offer.procedures["bewohnerparkausweis"]
    stop = next(page for page in parking.pages if page.stop)
    condition = stop.show_if[0]
    answers = {condition.field: Answer(next(iter(condition.values)))}
    assert journey(parking, answers, session.today).step(stop.id) is not None

    bench.show(Answering(session, 2000.0, parking, answers, stop.id))

    ids = [node.id for node in bench.nodes()]
    assert "continue" not in ids
    bench.tap("back")
    assert bench.sent == [BackWanted()]


@pytest.mark.parametrize("branch", [0, 1, 2])
def test_every_page_of_every_procedure_can_be_drawn(bench, session, branch):
    """Each page on a way through the procedure that takes the same branch of every choice."""
    for procedure in session.offer.procedures.values():
        answers: dict[str, Answer] = {}
        while (step := journey(procedure, answers, session.today).next) is not None:
            bench.app.show(Answering(session, 2000.0, procedure, answers, step.key))
            assert {question.path for question in bench.screen.asked} == {step.path(field) for field in step.fields}
            given = {step.path(field): Answer(_answer(field, branch, session.today)) for field in step.fields}
            answers |= given
            if step.page.stop or journey(procedure, answers, session.today).problems:
                break


def _answer(field, branch, today):
    ways = branches(field) or samples(field, today)
    return field.parse(ways[branch % len(ways)] if field.id != "more" else "no") if ways[0] else ""


@pytest.mark.parametrize("language", ["de", "en"])
def test_an_optional_field_says_so(bench, session, ask, language):
    bench.show(ask(replace(session, language=language), "contact"))
    label = bench.find("phone").label

    assert label.endswith("(freiwillig)") == (language == "de")
