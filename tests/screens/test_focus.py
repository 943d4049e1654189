"""Arrows and OK do everything a finger does, and nowhere is a trap."""

from __future__ import annotations

import pytest

from kiosk.visit.model import AnswersGiven, BackWanted, Ended, MoreTimeWanted, ProcedureChosen
from screens.focus import focus
from screens.semantics import walk

MOST_PRESSES = 200


def walked(bench, arrow):
    """The ids one meets going once around with one arrow, starting anywhere."""
    met = []
    for _ in range(MOST_PRESSES):
        bench.press(arrow)
        current = focus.current
        if met and current.node_id == met[0] and len(set(met)) > 1 and current.role != "keyboard":
            return met
        met.append(current.node_id)
    return met


@pytest.mark.parametrize("arrow", ["down", "up"])
def test_the_arrows_reach_everything_and_come_round(bench, session, states, arrow):
    for name, state in states(session).items():
        bench.show(state)
        bench.press(arrow)

        met = walked(bench, arrow)

        ring = {widget.node_id for widget in focus.ring()}
        assert ring <= set(met), f"{name}: {ring - set(met)} never reached"
        assert len(met) < MOST_PRESSES, f"{name}: trapped at {met[-1]}"


def test_everything_to_touch_is_in_the_ring_and_has_a_name(bench, session, states):
    for name, state in states(session).items():
        bench.show(state)
        for widget in bench.widgets():
            if hasattr(widget, "on_tap") and not widget.disabled:
                assert widget.focusable, f"{name}: {widget.node_id or widget}"
        ids = [node.id for node in bench.nodes() if node.focusable]
        assert all(ids), name
        assert len(ids) == len(set(ids)), f"{name}: {ids}"


def test_every_node_has_a_label(bench, session, states):
    for name, state in states(session).items():
        bench.show(state)
        for node in bench.nodes():
            assert node.label, f"{name}: {node}"


def test_the_list_is_in_reading_order(bench, session, ask):
    bench.show(ask(session, "birth"))

    ids = [node.id for node in bench.nodes() if node.id]

    assert ids == [
        "end",
        "title",
        "birth_date",
        "birth_date.2",
        "birth_date.3",
        "birth_place",
        "keyboard",
        "back",
        "continue",
        "contrast",
        "larger",
        "lower",
        "help",
        "language",
    ]


def test_a_procedure_is_chosen_with_arrows_and_ok(bench, idle):
    bench.show(idle)
    while focus.current is None or focus.current.node_id != "hund-anmelden":
        bench.press("down")
    assert focus.current.ringed

    bench.press("enter")

    assert bench.sent == [ProcedureChosen("hund-anmelden")]


def test_a_name_is_typed_with_arrows_and_ok(bench, session, ask):
    bench.show(ask(session, "dogs.1.dog-name"))
    assert focus.current.node_id == "dogs.1.dog_name"

    bench.press("enter", "down", "enter", "right", "enter")  # into the keyboard; A, then s

    assert bench.find("dogs.1.dog_name").text == "As"
    bench.press("escape")
    assert focus.current.node_id == "dogs.1.dog_name"


def test_ok_ticks_an_option_and_continues(bench, session, ask):
    bench.show(ask(session, "applicant"))
    while focus.current is None or focus.current.node_id != "applicant_is=agent":
        bench.press("down")
    bench.press("enter")
    while focus.current.node_id != "continue":
        bench.press("down")
    bench.press("enter")

    assert bench.sent == [AnswersGiven("applicant", {"applicant_is": "agent"})]


def test_escape_goes_back_and_closes_what_is_in_front(bench, session, ask):
    bench.show(ask(session, "applicant"))
    bench.press("f1")
    assert bench.app.stage.dialog is not None

    bench.press("escape")

    assert bench.app.stage.dialog is None
    bench.press("escape")
    assert bench.sent == [BackWanted()]


def test_a_dialog_keeps_the_focus_until_it_is_closed(bench, session, ask):
    bench.show(ask(session, "applicant"))
    bench.tap("end")

    ids = [widget.node_id for widget in focus.ring()]

    assert ids[:2] == ["end-dialog.1", "end-dialog.2"]
    assert "continue" not in ids
    assert "contrast" in ids
    bench.tap("end-dialog.2")
    assert bench.sent == [Ended()]


def test_more_time_by_keys(bench, session, states):
    bench.show(states(session)["interrupted"])

    bench.press("down", "enter")

    assert bench.sent == [MoreTimeWanted()]


def test_the_error_summary_gets_the_focus_and_leads_to_the_field(bench, session, states):
    bench.show(states(session)["refused"])
    summary = focus.current
    assert summary.node_id == "problems"
    assert summary.ringed

    bench.press("enter")

    assert focus.current.node_id == "birth_date"
    assert focus.current.error


def test_a_focused_widget_below_the_fold_is_scrolled_into_sight(bench, session, ask, in_look):
    bench.show(ask(in_look(session, low=True, large=True), "address"))
    area = bench.screen.area
    bench.press("down", "down")

    field = focus.current

    assert field.node_id == "address.3"
    assert area.view.y <= field.y
    assert field.top <= area.view.top


def test_private_values_are_flagged(bench, session, ask):
    bench.show(ask(session, "address"))
    private = {node.id for node in bench.nodes() if node.private}

    assert private == {"address", "address.2", "address.3"}
    assert "Musterweg" not in repr(tuple(walk(bench.screen)))
