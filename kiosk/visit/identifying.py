"""The way of the card: choose it, staff confirm, lay the card down, type the CAN, read.

Rules
  1. The CAN is asked for only after this visit's staff confirmation (§ 18a PAuswG: staff compare the
     photo with the person first); a confirmation ends with the visit.
  2. Whatever fails, "without a card" leads on, and nothing typed before is lost.
  3. The CAN goes from its event into one effect; after a failure it is typed again.
"""

from __future__ import annotations

from dataclasses import replace

from kiosk.identity import Attribute, IdentityEvidence, StaffConfirmation, Way
from kiosk.procedures.prefill import prefill, wanted_attributes
from kiosk.visit.entering import (
    Form,
    ask_next,
    asking_until,
    fresh_request,
    identify,
    inform,
)
from kiosk.visit.model import (
    BackWanted,
    CanEntered,
    CardFailed,
    CardInserted,
    CardProgressed,
    CardRead,
    CardRemoved,
    Confirming,
    ConfirmStaff,
    Identifying,
    IdentifyingPhase,
    ReadCard,
    Session,
    StaffCodeEntered,
    StaffConfirmed,
    StaffRefused,
    WayChosen,
)
from kiosk.visit.step import Step, ignored

# After these another try with card and CAN may help; after the others the citizen chooses the way again.
TRY_AGAIN = frozenset({"CARD-02", "CARD-03", "CARD-06"})


def choose_way(state: Identifying, event: WayChosen) -> Step:
    if event.way is None:
        return without_card(state, event)
    if state.phase is not IdentifyingPhase.WAY or event.way is not Way.ON_SITE:
        return ignored(state)
    session = state.session
    if state.confirmation is None:
        return Step(Confirming(session, asking_until(session), state.procedure, answers=state.answers))
    return Step(await_card(session, state, state.confirmation))


def without_card(state: Identifying | Confirming, event: WayChosen) -> Step:
    """On by hand; a reading under way is nobody's business any more."""
    if event.way is not None:
        return ignored(state)
    return ask_next(fresh_request(state.session), Form(state.procedure, state.answers))


def back_from_card(state: Identifying, event: BackWanted) -> Step:
    session = fresh_request(state.session)
    form = Form(state.procedure, state.answers)
    if state.phase is IdentifyingPhase.WAY:
        return Step(inform(session, form))
    return Step(replace(identify(session, form), confirmation=state.confirmation))


def back_from_staff(state: Confirming, event: BackWanted) -> Step:
    return Step(identify(fresh_request(state.session), Form(state.procedure, state.answers)))


def ask_roster(state: Confirming, event: StaffCodeEntered) -> Step:
    if state.waiting:
        return ignored(state)
    session = fresh_request(state.session)
    question = ConfirmStaff(session.visit_id, session.request, event.staff_id, event.code)
    return Step(replace(state, session=session, deadline=asking_until(session), waiting=True, problem=""), (question,))


def staff_confirmed(state: Confirming, event: StaffConfirmed) -> Step:
    return Step(await_card(state.session, state, event.confirmation))


def staff_refused(state: Confirming, event: StaffRefused) -> Step:
    return Step(replace(state, waiting=False, problem=event.code, deadline=asking_until(state.session)))


def await_card(session: Session, state: Identifying | Confirming, confirmation: StaffConfirmation) -> Identifying:
    """The card next, or the CAN at once if a card already lies there."""
    return Identifying(
        session,
        asking_until(session),
        state.procedure,
        phase=IdentifyingPhase.CAN if session.card_present else IdentifyingPhase.INSERT,
        confirmation=confirmation,
        answers=state.answers,
    )


def card_in(state: Identifying, event: CardInserted) -> Step:
    session = replace(state.session, card_present=True)
    if state.phase is IdentifyingPhase.INSERT and state.confirmation is not None:
        return Step(await_card(session, state, state.confirmation))
    return Step(replace(state, session=session))


def card_out(state: Identifying, event: CardRemoved) -> Step:
    """While it is read the reader itself reports the failure (CARD-02)."""
    session = replace(state.session, card_present=False)
    if state.phase is IdentifyingPhase.CAN and state.confirmation is not None:
        return Step(await_card(session, state, state.confirmation))
    return Step(replace(state, session=session))


def read_card(state: Identifying, event: CanEntered) -> Step:
    if state.phase is not IdentifyingPhase.CAN or state.confirmation is None:
        return ignored(state)
    session = fresh_request(state.session)
    attributes = frozenset(Attribute(name) for name in wanted_attributes(state.procedure))
    question = ReadCard(session.visit_id, session.request, Way.ON_SITE, event.can, attributes)
    reading = Identifying(
        session,
        asking_until(session),
        state.procedure,
        phase=IdentifyingPhase.READING,
        confirmation=state.confirmation,
        answers=state.answers,
    )
    return Step(reading, (question,))


def card_progressed(state: Identifying, event: CardProgressed) -> Step:
    return Step(replace(state, read_phase=event.phase))


def card_read(state: Identifying, event: CardRead) -> Step:
    """What the card says is filled in, beside what was typed before."""
    data = event.identity
    evidence = IdentityEvidence(data.way, data.assurance, data.authenticity, data.read_at, state.confirmation)
    answers = {**state.answers, **prefill(state.procedure, {str(name): text for name, text in data.attributes.items()})}
    return ask_next(state.session, Form(state.procedure, answers, evidence))


def card_failed(state: Identifying, event: CardFailed) -> Step:
    if event.code in TRY_AGAIN and state.confirmation is not None:
        again = await_card(state.session, state, state.confirmation)
    else:
        chosen_again = Form(state.procedure, state.answers)
        again = replace(identify(state.session, chosen_again), confirmation=state.confirmation)
    return Step(replace(again, problem=event.code, tries_left=event.tries_left))
