"""The way of the card: choose it, staff confirm, lay the card down, type what unlocks it, read.

Rules
  1. On site the CAN is asked for only after this visit's staff confirmation (§ 18a PAuswG: staff compare the
     photo with the person first); a confirmation ends with the visit.
  2. A travel document is looked at before anything is asked; a German card is not asked for its CAN this way.
  3. Whatever fails, "without a card" leads on, and nothing typed before is lost.
  4. The CAN, or what is printed in the machine-readable zone, goes from its event into one effect; after a
     failure it is typed again.
"""

from __future__ import annotations

from dataclasses import replace

from kiosk.identity import Attribute, CardKey, CardKind, IdentityEvidence, Way
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
    CardSeen,
    Confirming,
    ConfirmStaff,
    Identifying,
    IdentifyingOnline,
    IdentifyingPhase,
    LookAtCard,
    MrzEntered,
    ReadCard,
    StaffCodeEntered,
    StaffConfirmed,
    StaffRefused,
    WayChosen,
)
from kiosk.visit.online import begin
from kiosk.visit.step import Step, ignored

# After these another try with the same card may help; after the others the citizen chooses the way again.
TRY_AGAIN = frozenset({"CARD-02", "CARD-03", "CARD-06", "CARD-08", "CARD-15", "CARD-21", "CARD-28"})

# What the citizen copies from a travel document to unlock it.
UNLOCKED_BY = {CardKind.EU_CARD: IdentifyingPhase.CAN, CardKind.PASSPORT: IdentifyingPhase.MRZ}


def choose_way(state: Identifying, event: WayChosen) -> Step:
    if event.way is None:
        return without_card(state, event)
    if state.phase is not IdentifyingPhase.WAY or event.way not in state.session.offer.ways:
        return ignored(state)
    match event.way:
        case Way.ON_SITE if state.confirmation is None:
            session = state.session
            return Step(Confirming(session, asking_until(session), state.procedure, answers=state.answers))
        case Way.ON_SITE | Way.TRAVEL_DOCUMENT:
            return await_card(replace(state, way=event.way))
        case Way.ONLINE:
            return begin(state)


def without_card(state: Identifying | IdentifyingOnline | Confirming, event: WayChosen) -> Step:
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
    chosen = identify(state.session, Form(state.procedure, state.answers))
    return await_card(replace(chosen, way=Way.ON_SITE, confirmation=event.confirmation))


def staff_refused(state: Confirming, event: StaffRefused) -> Step:
    return Step(replace(state, waiting=False, problem=event.code, deadline=asking_until(state.session)))


def await_card(state: Identifying) -> Step:
    """The card next; what follows at once if one already lies there."""
    session = state.session
    waiting = replace(state, phase=IdentifyingPhase.INSERT, kind=None, deadline=asking_until(session), problem="")
    return _card_there(waiting) if session.card_present else Step(waiting)


def _card_there(state: Identifying) -> Step:
    """On site the CAN is asked for at once: staff have seen the card. A travel document is looked at first."""
    if state.way is Way.ON_SITE:
        return Step(replace(state, phase=IdentifyingPhase.CAN))
    session = fresh_request(state.session)
    return Step(replace(state, session=session), (LookAtCard(session.visit_id, session.request),))


def card_in(state: Identifying, event: CardInserted) -> Step:
    here = replace(state, session=replace(state.session, card_present=True))
    return await_card(here) if state.phase is IdentifyingPhase.INSERT else Step(here)


def card_out(state: Identifying, event: CardRemoved) -> Step:
    """While it is read the reader itself reports the failure (CARD-02)."""
    gone = replace(state, session=replace(state.session, card_present=False))
    return await_card(gone) if state.phase in (IdentifyingPhase.CAN, IdentifyingPhase.MRZ) else Step(gone)


def card_seen(state: Identifying, event: CardSeen) -> Step:
    """A German card shows nothing by this way: it needs staff, and is not asked for its CAN."""
    if phase := UNLOCKED_BY.get(event.kind):
        return Step(replace(state, phase=phase, kind=event.kind, deadline=asking_until(state.session)))
    with_staff = event.kind is CardKind.GERMAN and Way.ON_SITE in state.session.offer.ways
    return Step(_choose_again(state, "CARD-27" if with_staff else "CARD-16"))


def enter_can(state: Identifying, event: CanEntered) -> Step:
    return _read(state, event.can) if state.phase is IdentifyingPhase.CAN else ignored(state)


def enter_mrz(state: Identifying, event: MrzEntered) -> Step:
    return _read(state, event.key) if state.phase is IdentifyingPhase.MRZ else ignored(state)


def _read(state: Identifying, key: CardKey) -> Step:
    if state.way is None or (state.way is Way.ON_SITE and state.confirmation is None):
        return ignored(state)
    session = fresh_request(state.session)
    attributes = frozenset(Attribute(name) for name in wanted_attributes(state.procedure))
    reading = replace(
        state,
        session=session,
        deadline=asking_until(session),
        phase=IdentifyingPhase.READING,
        read_phase=None,
        problem="",
        tries_left=None,
    )
    return Step(reading, (ReadCard(session.visit_id, session.request, state.way, key, attributes),))


def card_progressed(state: Identifying, event: CardProgressed) -> Step:
    return Step(replace(state, read_phase=event.phase))


def card_read(state: Identifying | IdentifyingOnline, event: CardRead) -> Step:
    """What the card says is filled in, beside what was typed before."""
    data = event.identity
    confirmation = state.confirmation if isinstance(state, Identifying) else None
    evidence = IdentityEvidence(data.way, data.assurance, data.authenticity, data.read_at, confirmation)
    answers = {**state.answers, **prefill(state.procedure, {str(name): text for name, text in data.attributes.items()})}
    return ask_next(state.session, Form(state.procedure, answers, evidence))


def card_failed(state: Identifying, event: CardFailed) -> Step:
    """Back to what unlocks the same card, or to the choice of a way. Nothing is tried again on its own."""
    if event.code not in TRY_AGAIN:
        return Step(replace(_choose_again(state, event.code), tries_left=event.tries_left))
    if state.phase is IdentifyingPhase.INSERT or not state.session.card_present:
        phase = IdentifyingPhase.INSERT
    else:
        phase = IdentifyingPhase.CAN if state.kind is None else UNLOCKED_BY[state.kind]
    until = asking_until(state.session)
    return Step(replace(state, phase=phase, deadline=until, problem=event.code, tries_left=event.tries_left))


def _choose_again(state: Identifying, problem: str) -> Identifying:
    again = identify(state.session, Form(state.procedure, state.answers))
    return replace(again, confirmation=state.confirmation, problem=problem)
