"""One citizen's visit as a table: (state, event) -> what happens.

Rules
  1. Nothing here waits, reads a clock or touches a device: time arrives as `Tick`, work leaves as effects.
  2. A pair that is not in the table is ignored if a finger made it and an error if a device did.
  3. An answer to another visit or to a question no longer asked comes too late: dropped, no error.
  4. Behind "are you still there?" devices go on: what they answer changes the state behind the warning.
  5. No state ever holds a PIN or CAN.

The table below is the whole truth: rules that hold in all states are spread over it here, and
diagram.py draws it. What a page asks is the journey's business, how it looks the screens'.
"""

from __future__ import annotations

import typing
from collections.abc import Mapping
from dataclasses import replace
from datetime import date

from kiosk.visit import answering, choosing, finishing, identifying, online, sending, universal
from kiosk.visit.model import (
    AnotherWanted,
    AnswerEvent,
    Answering,
    AnswersGiven,
    ApplicationPrepared,
    AskingState,
    BackWanted,
    CanEntered,
    CardFailed,
    CardInserted,
    CardProgressed,
    CardRead,
    CardRemoved,
    CardSeen,
    ChangeWanted,
    Choosing,
    CodeEntered,
    Confirming,
    Consenting,
    Contested,
    Ended,
    Event,
    Finished,
    Identifying,
    IdentifyingOnline,
    Idle,
    Informing,
    Interrupted,
    LanguageChosen,
    LookChosen,
    LookingUp,
    MoreTimeWanted,
    MrzEntered,
    NoticeAgreed,
    Offer,
    OnlineAnswered,
    OnlineAsked,
    OutOfService,
    PreparationFailed,
    Printing,
    ProcedureChosen,
    ReceiptHandled,
    ReprintWanted,
    ReviewAccepted,
    Reviewing,
    Saved,
    SaveFailed,
    Saving,
    ServiceChanged,
    Session,
    StaffCodeEntered,
    StaffConfirmed,
    StaffRefused,
    State,
    StatusFailed,
    StatusFound,
    StatusWanted,
    SubmissionConfirmed,
    TakeCard,
    Tick,
    Touched,
    TouchEvent,
    VisitFailed,
    WayChosen,
)
from kiosk.visit.step import Rule, Step, UnexpectedAnswer, ignored, rule

__all__ = ["TABLE", "Step", "UnexpectedAnswer", "advance", "first_state"]

STATES: tuple[type[State], ...] = typing.get_args(State)
ASKING: tuple[type[AskingState], ...] = typing.get_args(AskingState)
TOUCHES: tuple[type[TouchEvent], ...] = typing.get_args(TouchEvent)
ANSWERS: tuple[type[AnswerEvent], ...] = typing.get_args(AnswerEvent)
OVER: tuple[type[State], ...] = (Idle, TakeCard, OutOfService)

Table = Mapping[tuple[type[State], type[Event]], Rule]


def advance(state: State, event: Event) -> Step:
    """The visit after `event`: the next state and the work it asks for.

    Raises UnexpectedAnswer if a device answers a question nobody asked; the visit is then as it was.
    """
    line = TABLE.get((type(state), type(event)))
    if not isinstance(event, ANSWERS):
        return line.do(state, event) if line else _unlisted(state, event)
    session = state.session
    if event.visit_id != session.visit_id or event.request < session.request:
        return Step(state)
    if line is None or event.request > session.request:
        raise UnexpectedAnswer(state, event)
    if isinstance(event, CardProgressed | OnlineAsked):
        return line.do(state, event)
    answered = replace(session, request=session.request + 1)
    return line.do(replace(state, session=answered), event)


def first_state(offer: Offer, now: float, today: date) -> Idle:
    """The start screen when the terminal was switched on. `now` is monotonic seconds."""
    return Idle(Session(offer, visit_id=1, now=now, today=today, language=offer.languages[0]))


def _unlisted(state: State, event: Event) -> Step:
    if isinstance(event, TOUCHES):
        return ignored(state)
    raise UnexpectedAnswer(state, event)


def _behind_the_warning(state: Interrupted, event: AnswerEvent | CardRemoved) -> Step:
    """A device speaks while nobody does: the state behind goes on, the warning stays where somebody is asked."""
    previous = replace(state.previous, session=state.session)
    line = TABLE.get((type(previous), type(event)))
    if line is None:
        raise UnexpectedAnswer(state, event)
    step: Step = line.do(previous, event)
    if not isinstance(step.state, ASKING):
        return step
    return replace(step, state=replace(state, session=step.state.session, previous=step.state))


def _seen_behind_the_warning(state: Interrupted, event: LanguageChosen | LookChosen | CardInserted) -> Step:
    """Somebody is there: the state behind the warning takes it, with a fresh deadline."""
    back = universal.come_back(state, Touched()).state
    return replace(TABLE[type(back), type(event)].do(back, event), ignored=False)


_OWN: Table = {
    (Idle, ProcedureChosen): rule(choosing.choose_procedure, Informing),
    (Idle, StatusWanted): rule(choosing.want_status, LookingUp),
    (Idle, CodeEntered): rule(choosing.look_up, LookingUp),
    (Idle, LanguageChosen): rule(universal.first_touch, Choosing),
    (Idle, LookChosen): rule(universal.first_touch, Choosing),
    (Idle, Tick): rule(universal.idle_tick),
    (Idle, ServiceChanged): rule(universal.service_changed_at_start, OutOfService),
    (Choosing, ProcedureChosen): rule(choosing.choose_procedure, Informing),
    (Choosing, StatusWanted): rule(choosing.want_status, LookingUp),
    (Choosing, CodeEntered): rule(choosing.look_up, LookingUp),
    (Choosing, Ended): rule(universal.end, Idle, TakeCard),
    (Choosing, ServiceChanged): rule(universal.service_changed_at_start, OutOfService),
    (OutOfService, ServiceChanged): rule(universal.service_changed_at_start, Idle),
    (OutOfService, VisitFailed): rule(finishing.fail, TakeCard),
    (LookingUp, CodeEntered): rule(choosing.look_up),
    (LookingUp, StatusFound): rule(choosing.status_found),
    (LookingUp, StatusFailed): rule(choosing.status_failed),
    (LookingUp, BackWanted): rule(choosing.leave_look_up, Choosing, OutOfService),
    (Informing, NoticeAgreed): rule(choosing.agree, Identifying, Answering, Reviewing),
    (Informing, BackWanted): rule(choosing.leave_notice, Choosing, OutOfService),
    (Identifying, WayChosen): rule(identifying.choose_way, Confirming, IdentifyingOnline, Answering, Reviewing),
    (Identifying, BackWanted): rule(identifying.back_from_card, Informing),
    (Identifying, CardInserted): rule(identifying.card_in),
    (Identifying, CardRemoved): rule(identifying.card_out),
    (Identifying, CardSeen): rule(identifying.card_seen),
    (Identifying, CanEntered): rule(identifying.enter_can),
    (Identifying, MrzEntered): rule(identifying.enter_mrz),
    (Identifying, CardProgressed): rule(identifying.card_progressed),
    (Identifying, CardRead): rule(identifying.card_read, Answering, Reviewing),
    (Identifying, CardFailed): rule(identifying.card_failed),
    (IdentifyingOnline, WayChosen): rule(identifying.without_card, Answering, Reviewing),
    (IdentifyingOnline, BackWanted): rule(online.back, Identifying),
    (IdentifyingOnline, OnlineAsked): rule(online.asked),
    (IdentifyingOnline, OnlineAnswered): rule(online.answer),
    (IdentifyingOnline, CardProgressed): rule(online.progressed),
    (IdentifyingOnline, CardRead): rule(identifying.card_read, Answering, Reviewing),
    (IdentifyingOnline, CardFailed): rule(online.failed, Identifying),
    (Confirming, WayChosen): rule(identifying.without_card, Answering, Reviewing),
    (Confirming, BackWanted): rule(identifying.back_from_staff, Identifying),
    (Confirming, StaffCodeEntered): rule(identifying.ask_roster),
    (Confirming, StaffConfirmed): rule(identifying.staff_confirmed, Identifying),
    (Confirming, StaffRefused): rule(identifying.staff_refused),
    (Answering, AnswersGiven): rule(answering.give_answers, Reviewing),
    (Answering, BackWanted): rule(answering.back, Identifying, Informing, Reviewing),
    (Answering, Contested): rule(answering.doubt),
    (Reviewing, ChangeWanted): rule(sending.change, Answering),
    (Reviewing, Contested): rule(answering.doubt_from_review, Answering),
    (Reviewing, BackWanted): rule(sending.back_from_review, Answering, Informing),
    (Reviewing, LanguageChosen): rule(sending.speak),
    (Reviewing, ApplicationPrepared): rule(sending.prepared),
    (Reviewing, PreparationFailed): rule(sending.preparation_failed),
    (Reviewing, ReviewAccepted): rule(sending.accept_review, Consenting),
    (Consenting, BackWanted): rule(sending.back_to_review, Reviewing),
    (Consenting, LanguageChosen): rule(sending.speak),
    (Consenting, ApplicationPrepared): rule(sending.prepared, Saving),
    (Consenting, PreparationFailed): rule(sending.preparation_failed),
    (Consenting, SubmissionConfirmed): rule(sending.confirm, Saving),
    (Saving, Saved): rule(sending.saved, Printing),
    (Saving, SaveFailed): rule(sending.save_failed, Consenting),
    (Printing, ReceiptHandled): rule(finishing.receipt_handled, Finished),
    (Printing, Tick): rule(finishing.printing_tick, Finished),
    (Finished, ReceiptHandled): rule(finishing.receipt_handled_late),
    (Finished, ReprintWanted): rule(finishing.reprint, Printing),
    (Finished, AnotherWanted): rule(finishing.another, Choosing, OutOfService),
    (TakeCard, CardRemoved): rule(finishing.card_taken, Idle, OutOfService),
    (TakeCard, VisitFailed): rule(finishing.fail),
    (Interrupted, Tick): rule(universal.interrupted_tick, *OVER),
    (Interrupted, Ended): rule(universal.end, *OVER),
    (Interrupted, LanguageChosen): rule(_seen_behind_the_warning, *ASKING),
    (Interrupted, LookChosen): rule(_seen_behind_the_warning, *ASKING),
    (Interrupted, CardInserted): rule(_seen_behind_the_warning, *ASKING),
    (Interrupted, CardRemoved): rule(_behind_the_warning),
}


def _answers_while_asking() -> list[type[AnswerEvent]]:
    """Which device answers may arrive behind the warning."""
    return [answer for answer in ANSWERS if any((state, answer) in _OWN for state in ASKING)]


def _past_asking(answer: type[AnswerEvent]) -> set[type[State]]:
    """Where such an answer leads besides asking states: there the warning is over."""
    lines = [_OWN[state, answer] for state in ASKING if (state, answer) in _OWN]
    return {target for line in lines for target in line.targets} - set(ASKING)


_EVERYWHERE: Table = {
    (state, event): line
    for state in STATES
    for event, line in {
        Tick: rule(universal.tick),
        CardInserted: rule(universal.card_in),
        CardRemoved: rule(universal.card_out),
        ServiceChanged: rule(universal.service_changed),
        VisitFailed: rule(finishing.fail, *OVER),
        LanguageChosen: rule(universal.change_manner),
        LookChosen: rule(universal.change_manner),
        Touched: rule(universal.stay),
    }.items()
}

_ASKING: Table = {
    (state, event): line
    for state in ASKING
    for event, line in {
        Tick: rule(universal.asking_tick, Interrupted),
        LanguageChosen: rule(universal.change_manner_asking),
        LookChosen: rule(universal.change_manner_asking),
        Touched: rule(universal.more_time),
        MoreTimeWanted: rule(universal.more_time),
        Ended: rule(universal.end, *OVER),
    }.items()
}

_INTERRUPTED: Table = {
    **{(Interrupted, touch): rule(universal.come_back, *ASKING) for touch in TOUCHES},
    **{(Interrupted, answer): rule(_behind_the_warning, *_past_asking(answer)) for answer in _answers_while_asking()},
}

TABLE: Table = {**_EVERYWHERE, **_ASKING, **_INTERRUPTED, **_OWN}
