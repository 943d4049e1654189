"""Paper, the last screen, and the end. What is saved stays saved, whatever the printer does."""

from __future__ import annotations

from dataclasses import replace

from kiosk.application import PrintOutcome
from kiosk.visit.entering import choose, device_until, fresh_request, fresh_session, over, start
from kiosk.visit.model import (
    AnotherWanted,
    CardRemoved,
    Finished,
    Printing,
    PrintReceipt,
    ReceiptHandled,
    ReprintWanted,
    Session,
    TakeCard,
    Tick,
    VisitFailed,
)
from kiosk.visit.model import State as AnyState
from kiosk.visit.step import Step

# Nobody knows whether the receipt came out.
PERHAPS_PRINTED = "PRINT-04"


def receipt_handled(state: Printing, event: ReceiptHandled) -> Step:
    return Step(finish(state.session, state, event.outcome, event.code))


def receipt_handled_late(state: Finished, event: ReceiptHandled) -> Step:
    """The printer had more patience than the screen: what it says now is better than "unknown"."""
    return Step(replace(state, outcome=event.outcome, problem=event.code))


def printing_tick(state: Printing, event: Tick) -> Step:
    """A printer that says nothing must not keep the code's last screen from the citizen."""
    session = replace(state.session, now=max(event.now, state.session.now), today=event.today)
    if session.now < state.deadline:
        return Step(replace(state, session=session))
    return Step(finish(session, state, PrintOutcome.UNKNOWN, PERHAPS_PRINTED))


def finish(session: Session, state: Printing, outcome: PrintOutcome, problem: str) -> Finished:
    deadline = session.now + session.offer.patience.finished_s
    return Finished(session, deadline, state.receipt, outcome, problem)


def reprint(state: Finished, event: ReprintWanted) -> Step:
    """Once more, in the language now chosen."""
    session = fresh_request(state.session)
    receipt = replace(state.receipt, language=session.language)
    question = PrintReceipt(session.visit_id, session.request, receipt)
    return Step(Printing(session, device_until(session), receipt), (question,))


def another(state: Finished, event: AnotherWanted) -> Step:
    """A fresh visit of the same person: language and look stay, nothing else; the card may lie where it is."""
    session = state.session
    return Step(choose(replace(fresh_session(session), language=session.language, look=session.look)))


def card_taken(state: TakeCard, event: CardRemoved) -> Step:
    return Step(start(fresh_session(replace(state.session, card_present=False))))


def fail(state: AnyState, event: VisitFailed) -> Step:
    """Something broke: the visit ends, wiped, and says so."""
    service = event.reason or state.session.service
    return over(replace(state.session, service=service), problem="VISIT-01")
