"""The table is the whole truth: every rule leads only where it says, and everywhere it says."""

from __future__ import annotations

import random
import typing

from kiosk.application import OutOfServiceReason
from kiosk.procedures.model import Answer
from kiosk.visit import model
from kiosk.visit.machine import TABLE

STATES = typing.get_args(model.State)
ASKING = typing.get_args(model.AskingState)
EVENTS = [event for part in typing.get_args(model.Event) for event in (typing.get_args(part) or (part,))]

WALKS = 60
ENDINGS = (model.Ended(), model.VisitFailed(), model.VisitFailed(OutOfServiceReason.FAULT))


def wander(terminal, seed: int, steps: int) -> set[tuple[type, type, type]]:
    """What a long walk without plan has seen. `Terminal.take` refuses undeclared targets."""
    dice = random.Random(seed)  # noqa: S311  - a walk, not a secret
    here = terminal(dice.choice)
    acts = [here.fitting_touch] * 8 + [here.any_touch] * 3 + [here.answer] * 6 + [here.time, here.device]
    for _ in range(steps):
        for ending in ENDINGS:
            here.would(ending)
        event = dice.choice(acts)()
        if (event is not None and not isinstance(event, (model.Ended, model.VisitFailed))) or dice.random() < 0.2:
            here.take(event or model.Ended())
    return here.seen


def answered_by_hand(terminal) -> set[tuple[type, type, type]]:
    """Back at the choice of a way with nothing missing any more: only a day that went by leads there."""
    here = terminal(lambda choices: choices[0])
    session, procedure = here.state.session, here.state.session.offer.procedures["name-only"]
    answers = {"family_names": Answer("Nowak")}
    for state in (
        model.Identifying(session, session.now, procedure, model.IdentifyingPhase.WAY, answers=answers),
        model.IdentifyingOnline(session, session.now, procedure, answers=answers),
        model.Confirming(session, session.now, procedure, answers=answers),
    ):
        here.state = state
        here.take(model.WayChosen(None))
    return here.seen


def test_every_line_of_the_table_pairs_a_state_with_an_event():
    for (state, event), line in TABLE.items():
        assert state in STATES
        assert event in EVENTS
        assert set(line.targets) <= set(STATES)


def test_time_cards_service_and_failure_are_known_in_every_state():
    for state in STATES:
        for event in (model.Tick, model.CardInserted, model.CardRemoved, model.ServiceChanged, model.VisitFailed):
            assert (state, event) in TABLE


def test_whoever_is_asked_can_end_and_ask_for_time():
    for state in (*ASKING, model.Interrupted):
        assert (state, model.Ended) in TABLE
        assert (state, model.MoreTimeWanted) in TABLE


def test_no_touch_but_manner_is_known_while_saving():
    touches = {event for state, event in TABLE if state is model.Saving and event in typing.get_args(model.TouchEvent)}
    assert touches == {model.LanguageChosen, model.LookChosen, model.Touched}


def test_every_declared_way_is_really_taken(terminal):
    """The warning is left out: what lies behind it stands in the other lines."""
    declared = {
        (state, event, target)
        for (state, event), line in TABLE.items()
        if state is not model.Interrupted
        for target in line.targets
        if target is not state
    }
    missing = declared - answered_by_hand(terminal)
    for seed in range(WALKS):
        if missing:
            missing -= wander(terminal, seed, 2000)
    assert {tuple(kind.__name__ for kind in way) for way in missing} == set()
