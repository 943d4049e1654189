"""The start screen, the notice before a procedure, and "where is my application?"."""

from __future__ import annotations

from dataclasses import replace

from kiosk.visit.entering import (
    Form,
    ask_next,
    asking_until,
    card_offered,
    choose,
    form_of,
    fresh_request,
    identify,
    inform,
)
from kiosk.visit.model import (
    BackWanted,
    Choosing,
    CodeEntered,
    Idle,
    Informing,
    LookingUp,
    LookUpStatus,
    NoticeAgreed,
    ProcedureChosen,
    StatusFailed,
    StatusFound,
    StatusWanted,
)
from kiosk.visit.step import Step, ignored


def choose_procedure(state: Idle | Choosing, event: ProcedureChosen) -> Step:
    procedure = state.session.offer.procedures.get(event.procedure_id)
    if procedure is None:
        return ignored(state)
    return Step(inform(state.session, Form(procedure, {})))


def agree(state: Informing, event: NoticeAgreed) -> Step:
    form = form_of(state)
    if card_offered(state.session, form):
        return Step(identify(state.session, form))
    return ask_next(state.session, form)


def leave_notice(state: Informing, event: BackWanted) -> Step:
    return Step(choose(state.session))


def want_status(state: Idle | Choosing, event: StatusWanted) -> Step:
    return Step(LookingUp(state.session, asking_until(state.session)))


def look_up(state: Idle | Choosing | LookingUp, event: CodeEntered) -> Step:
    """Typed, or scanned from the receipt at the start screen. The code lives in the effect only."""
    if isinstance(state, LookingUp) and state.waiting:
        return ignored(state)
    session = fresh_request(state.session)
    question = LookUpStatus(session.visit_id, session.request, event.code)
    return Step(LookingUp(session, asking_until(session), waiting=True), (question,))


def status_found(state: LookingUp, event: StatusFound) -> Step:
    return Step(LookingUp(state.session, asking_until(state.session), entries=event.entries))


def status_failed(state: LookingUp, event: StatusFailed) -> Step:
    return Step(replace(state, waiting=False, problem=event.code, deadline=asking_until(state.session)))


def leave_look_up(state: LookingUp, event: BackWanted) -> Step:
    return Step(choose(fresh_request(state.session)))
