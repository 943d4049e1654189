"""The last screen and the way back to it: code, receipt, card; "Stand meines Antrags"."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from kiosk.application import CaseState, PrintOutcome, Receipt, StatusEntry
from kiosk.errors import CATALOGUE
from kiosk.visit.model import AnotherWanted, BackWanted, CodeEntered, Ended, Finished, LookingUp, ReprintWanted
from screens.focus import focus
from screens.theme import theme
from screens.widgets.code import grouped

CODE = "7K4M9-PWD3T-XHWQ"
MOMENT = datetime(2026, 11, 22, 13, 7, tzinfo=UTC)


@pytest.fixture
def finished(session):
    def make(outcome=PrintOutcome.PRINTED, problem="", card=False):
        receipt = Receipt(
            code=CODE,
            references=(("Steuern und Abgaben", "C2-7K4M-9PW"), ("Öffentliche Ordnung", "C2-3TXH-WQ4")),
            procedure=session.offer.procedures["hund-anmelden"],
            saved_at=MOMENT,
            language=session.language,
        )
        return Finished(replace(session, card_present=card), 2000.0, receipt, outcome, problem)

    return make


@pytest.fixture
def looking_up(session):
    return lambda **more: LookingUp(session, 2000.0, **more)


def words(bench):
    return "\n".join(node.label for node in bench.nodes())


def test_code_time_references_and_next_steps_are_readable(bench, finished):
    bench.show(finished())

    said = words(bench)
    code = next(node for node in bench.nodes() if node.id == "code")

    assert "Erfasst am 22. November 2026, 14:07 Uhr" in said
    assert bench.find("code").code == CODE
    assert code.private
    assert code.value == "7 K 4 M 9 P W D 3 T X H W Q"
    assert bench.find("qr").data == f"http://127.0.0.1:8000/status#{CODE}"
    assert "Vorgangsnummer: C2-7K4M-9PW" in said
    assert "Vorgangsnummer: C2-3TXH-WQ4" in said
    assert "Die Ordnungsbehörde prüft Ihre Angaben" in said


def test_the_code_is_as_high_as_a_heading_and_stands_on_one_line(make_bench, finished):
    for panel in ((1080, 1920), (1920, 1080), (720, 1280)):
        bench = make_bench(*panel)
        bench.show(finished())
        line = bench.find("code")
        assert line.drawn_width <= line.width + 1
        assert line.height >= theme.heading


def test_card_and_receipt_are_to_be_taken_along_only_if_they_are_there(bench, finished):
    bench.show(finished(card=True))
    both = words(bench)
    bench.show(finished(PrintOutcome.NOT_PRINTED, "PRINT-02"))
    neither = words(bench)

    assert "Ihr Ausweis" in both
    assert "Ihr Beleg" in both
    assert "Ihr Ausweis" not in neither
    assert "Ihr Beleg\n" not in neither


@pytest.mark.parametrize("problem", ["PRINT-01", "PRINT-02", "PRINT-03", "PRINT-04"])
def test_without_paper_the_code_stays_and_one_may_print_again(bench, finished, problem):
    bench.show(finished(PrintOutcome.UNKNOWN if problem == "PRINT-04" else PrintOutcome.NOT_PRINTED, problem))

    assert CATALOGUE[problem].citizen in words(bench)
    assert bench.find("code").code == CODE
    bench.tap("reprint")
    bench.tap("reprint", hurried=True)

    assert bench.sent == [ReprintWanted()]


def test_a_printed_receipt_is_not_offered_again(bench, finished):
    bench.show(finished(PrintOutcome.NOT_PRINTED, "PRINT-02"))
    bench.show(finished(PrintOutcome.PRINTED_PAPER_LOW))

    assert "reprint" not in {node.id for node in bench.nodes()}
    assert "problem" not in {node.id for node in bench.nodes()}


def test_done_or_something_else_and_nothing_to_delete(bench, finished):
    bench.show(finished())

    assert "end" not in {node.id for node in bench.nodes()}
    bench.tap("continue")
    bench.tap("back")

    assert bench.sent == [Ended(), AnotherWanted()]


# ---- where is my application? -----------------------------------------------------------------


@pytest.mark.parametrize("typed", ["7k4m9pwd3txhwq", " 7K4M9 PWD3T XHWQ ", "7K4M9-PWD3T-XHWQ"])
def test_a_code_is_grouped_however_it_is_typed_and_leaves_once(bench, looking_up, typed):
    bench.show(looking_up())
    for sign in typed:
        bench.type(sign)
    assert bench.find("code").text == CODE

    bench.tap("continue")
    bench.tap("continue", hurried=True)

    assert [event.code for event in bench.sent] == [CODE]
    assert CODE not in repr(bench.sent)
    assert bench.find("code").text == ""


def test_a_letter_in_the_middle_can_be_corrected(bench, looking_up):
    bench.show(looking_up())
    bench.type("7K4M9PXD3T")
    field = bench.find("code")
    field.cursor = field.text.index("X") + 1

    field.backspace()
    field.insert("W")

    assert field.text == "7K4M9-PWD3T"
    assert grouped("") == ""


def test_no_code_sends_nothing(bench, looking_up):
    bench.show(looking_up())

    bench.tap("continue")

    assert bench.sent == []
    assert bench.find("code").error


def test_its_keys_are_letters_and_digits_that_cannot_be_mistaken(bench, looking_up):
    bench.show(looking_up())

    keys = {key.name for row in bench.app.stage.frame.keyboard.keys for key in row}

    assert {"2", "A", "Y", "backspace", "done"} <= keys
    assert not keys & {"0", "1", "O", "I", "B"}


def test_an_unknown_code_is_said_at_the_field(bench, looking_up):
    bench.show(looking_up(entries=()))

    assert "liegt hier noch nichts vor" in bench.find("code").error


@pytest.mark.parametrize("code", ["STATUS-01", "STATUS-02"])
def test_a_failed_look_up_is_said_in_the_words_of_the_catalogue(bench, looking_up, code):
    bench.show(looking_up(problem=code))

    assert CATALOGUE[code].citizen in words(bench)


def test_each_department_answers_for_itself(bench, looking_up):
    entries = (
        StatusEntry("Steuern und Abgaben", CaseState.ACCEPTED, MOMENT, "030 23125 001", "C2-7K4M-9PW"),
        StatusEntry("Öffentliche Ordnung", CaseState.REJECTED, MOMENT, "030 23125 002", "C2-3TXH-WQ4"),
    )
    bench.show(looking_up(entries=entries))
    said = words(bench)

    for part in (
        "Wird bearbeitet",
        "Schritt 4 von 5",
        "Abgelehnt",
        "030 23125 002",
        "Seit 22. November 2026, 14:07 Uhr",
    ):
        assert part in said
    assert all(node.private for node in bench.nodes() if node.id.startswith(("entry-", "state-")))


@pytest.mark.parametrize("state", list(CaseState))
def test_every_state_has_words_in_both_languages(bench, looking_up, languages, state):
    from screens.looking_up import IN_WORDS

    bench.show(looking_up(entries=(StatusEntry("Steuern und Abgaben", state, MOMENT),)))

    assert IN_WORDS[state] in words(bench)
    assert languages["en"].t(IN_WORDS[state]) != IN_WORDS[state]


def test_another_code_may_be_asked_for_from_the_answer(bench, looking_up):
    entries = (StatusEntry("Steuern und Abgaben", CaseState.ARRIVED, MOMENT),)
    bench.show(looking_up(entries=entries))

    bench.tap("another-code")
    bench.type(CODE)
    bench.tap("continue")
    bench.tap("back")

    assert bench.sent == [CodeEntered(CODE), BackWanted()]


def test_while_it_is_looked_up_there_is_nothing_to_tap_twice(bench, looking_up):
    bench.show(looking_up(waiting=True))

    assert not {"continue", "code"} & {node.id for node in bench.nodes()}
    assert "Einen Augenblick" in words(bench)


def test_a_scanned_code_takes_the_keys_away_and_a_failure_brings_them_back(bench, looking_up):
    bench.show(looking_up())
    assert bench.app.stage.frame.keyboard.parent is not None

    bench.show(looking_up(waiting=True))
    assert bench.app.stage.frame.keyboard.parent is None

    bench.show(looking_up(problem="STATUS-01"))
    assert focus.current is bench.find("code")
