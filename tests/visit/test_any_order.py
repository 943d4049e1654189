"""Whatever happens, in whatever order: the promises of the machine hold."""

from __future__ import annotations

import typing

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.identity import CardKind, Secret, Way
from kiosk.visit import model
from kiosk.visit.machine import UnexpectedAnswer, advance

STATES = typing.get_args(model.State)
TOUCHES = typing.get_args(model.TouchEvent)
OVER = (model.Idle, model.TakeCard, model.OutOfService)

acts = st.lists(
    st.sampled_from(["fitting", "fitting", "fitting", "answer", "answer", "any", "device", "time"]), max_size=80
)


def next_event(terminal, act):
    match act:
        case "fitting":
            return terminal.fitting_touch()
        case "answer":
            return terminal.answer() or terminal.any_touch()
        case "any":
            return terminal.any_touch()
        case "device":
            return terminal.device()
        case _:
            return terminal.time()


def drawn(data):
    return lambda choices: choices[data.draw(st.integers(0, len(choices) - 1))]


@given(data=st.data(), acts=acts)
def test_no_order_of_events_breaks_a_promise(terminal, personal, data, acts):
    here = terminal(drawn(data))
    for act in acts:
        before, event = here.state, next_event(here, act)
        step = here.take(event)
        assert isinstance(step.state, STATES)
        assert advance(before, event) == step, "the same question has the same answer"
        assert_promises(before, event, step)
        if isinstance(step.state, OVER):
            assert personal(step.state) == []
    assert_ends_empty(here, personal)


def assert_promises(before, event, step):
    after = step.state
    if step.ignored:
        assert after is before
        assert step.effects == ()
    if isinstance(before, model.Saving) and isinstance(event, TOUCHES):
        assert isinstance(after, model.Saving)
    if isinstance(before, model.Identifying) and before.phase in ("can", "reading"):
        by_staff, looked_at = before.confirmation is not None, before.kind in (CardKind.EU_CARD, CardKind.PASSPORT)
        assert by_staff if before.way is Way.ON_SITE else looked_at
    assert after.session.now >= before.session.now
    assert after.session.visit_id >= before.session.visit_id
    if after.session.visit_id == before.session.visit_id:
        assert after.session.request >= before.session.request
        if type(after) is type(before) and getattr(after, "deadline", 0.0):  # 0: the start screen's notice is over
            assert after.deadline >= before.deadline
    if hasattr(after, "deadline") and isinstance(event, TOUCHES) and type(after) is not type(before):
        assert isinstance(after, model.Idle) or after.deadline > after.session.now
    for effect in step.effects:
        assert (effect.visit_id, effect.request) == (after.session.visit_id, after.session.request)


def assert_ends_empty(here, personal):
    """From wherever it is: the machine can be brought back to the empty start screen."""
    for _ in range(3):
        while not isinstance(here.state, OVER) and (answer := here.answer()) is not None:
            here.take(answer)
            if not isinstance(here.state, (model.Saving, model.Printing)):
                break
        here.take(model.Tick(here.state.session.now + 100, here.state.session.today))
    here.take(model.ServiceChanged(None))
    if isinstance(here.state, (model.Saving, model.Printing)):
        return
    here.take(model.Ended())
    here.take(model.CardRemoved())
    assert isinstance(here.state, model.Idle)
    assert personal(here.state) == []


@given(data=st.data(), acts=acts, ahead=st.integers(1, 3))
def test_an_answer_to_no_question_is_an_error_and_changes_nothing(terminal, data, acts, ahead):
    here = terminal(drawn(data))
    for act in acts:
        here.take(next_event(here, act))
    session = here.state.session
    for invented in (
        model.Saved(session.visit_id, session.request + ahead, None),
        model.CardFailed(session.visit_id, session.request + ahead, "CARD-01"),
    ):
        with pytest.raises(UnexpectedAnswer):
            here.take(invented)
        assert here.take(model.StatusFound(session.visit_id + 1, 1, ())).state is here.state


@given(data=st.data(), acts=acts)
def test_a_can_is_in_no_state_and_no_repr(terminal, personal, data, acts):
    here = terminal(drawn(data))
    for act in acts:
        event = next_event(here, act)
        step = here.take(event)
        written = repr((event, step))
        assert "500540" not in written
        assert "981274" not in written
        assert "Nowak" not in written
        assert not any(isinstance(thing, Secret) for thing in personal(step.state))
