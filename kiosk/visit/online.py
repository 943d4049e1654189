"""The online way: the citizen agrees to what the provider's certificate says, lays the card down, types the PIN.

Rules
  1. The way asks, the citizen answers; the visit only carries both, and never judges digits.
  2. A PIN goes from its event into one effect; asked for again, it is typed again.
  3. Turning away raises the request number: the runtime then ends the way (workers.py), and nothing of it comes back.
"""

from __future__ import annotations

from dataclasses import replace

from kiosk.identity import Attribute
from kiosk.online import EnterCan, EnterPin, EnterPuk, InsertCard, OnlineQuestion, RemoveCard
from kiosk.procedures.prefill import wanted_attributes
from kiosk.visit.entering import Form, asking_until, fresh_request, identify
from kiosk.visit.model import (
    AnswerOnline,
    BackWanted,
    CardFailed,
    CardProgressed,
    Identifying,
    IdentifyingOnline,
    IdentifyOnline,
    OnlineAnswered,
    OnlineAsked,
)
from kiosk.visit.step import Step, ignored

# Asked for the same digits twice, the first were wrong.
WRONG = {EnterPin: "CARD-17", EnterCan: "CARD-03", EnterPuk: "CARD-29"}


def begin(state: Identifying) -> Step:
    """Start the way; what it asks arrives as events."""
    session = fresh_request(state.session)
    attributes = frozenset(Attribute(name) for name in wanted_attributes(state.procedure))
    going = IdentifyingOnline(session, asking_until(session), state.procedure, answers=state.answers)
    return Step(going, (IdentifyOnline(session.visit_id, session.request, attributes),))


def asked(state: IdentifyingOnline, event: OnlineAsked) -> Step:
    again = state.answered is not None and type(event.question) is type(state.answered)
    wrong = WRONG.get(type(event.question), "") if again else ""
    until = asking_until(state.session)
    return Step(replace(state, question=event.question, answered=None, wrong=wrong, deadline=until))


def answer(state: IdentifyingOnline, event: OnlineAnswered) -> Step:
    if not waits_for_an_answer(state.question):
        return ignored(state)
    session = state.session
    handed = AnswerOnline(session.visit_id, session.request, event.answer)
    until = asking_until(session)
    return Step(replace(state, question=None, answered=state.question, wrong="", deadline=until), (handed,))


def waits_for_an_answer(question: OnlineQuestion | None) -> bool:
    """Whether the screen has something to hand over: not while the reader's own keypad or a hand is waited for."""
    match question:
        case None | InsertCard() | RemoveCard():
            return False
        case EnterPin(on_reader=True) | EnterCan(on_reader=True) | EnterPuk(on_reader=True):
            return False
        case _:
            return True


def progressed(state: IdentifyingOnline, event: CardProgressed) -> Step:
    return Step(replace(state, read_phase=event.phase))


def failed(state: IdentifyingOnline, event: CardFailed) -> Step:
    """Nothing is tried again on its own; the citizen chooses a way."""
    chosen_again = identify(state.session, Form(state.procedure, state.answers))
    return Step(replace(chosen_again, problem=event.code, tries_left=event.tries_left))


def back(state: IdentifyingOnline, event: BackWanted) -> Step:
    return Step(identify(fresh_request(state.session), Form(state.procedure, state.answers)))
