"""How each state begins: its deadline, its first question to a device, and what it takes along.

Rules
  1. A deadline counts from `session.now`, which only `Tick` moves.
  2. Whatever asks a device, and whatever turns away from a question, raises `session.request`:
     answers to older questions then come too late.
  3. The end of a visit builds a fresh session and takes nothing along but the clock, the card's
     presence and whether the terminal is in service.

Which event leads where is said by the rules (choosing, identifying, answering, sending, finishing).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from kiosk.application import Application
from kiosk.identity import IdentityEvidence
from kiosk.procedures.journey import Journey, journey
from kiosk.procedures.model import AnswerPath, Answers, Problem, Procedure
from kiosk.visit.model import (
    Answering,
    Choosing,
    Identifying,
    IdentifyingPhase,
    Idle,
    Informing,
    OutOfService,
    PrepareApplication,
    Reviewing,
    Session,
    State,
    TakeCard,
)
from kiosk.visit.step import Step


@dataclass(frozen=True, slots=True)
class Form:
    """What the citizen is filling in: carried from state to state until it is an application."""

    procedure: Procedure
    answers: Answers
    evidence: IdentityEvidence | None = None


def form_of(filled: Answering | Application | Informing) -> Form:
    """The form behind a state or an application."""
    return Form(filled.procedure, filled.answers, filled.evidence)


def asking_until(session: Session) -> float:
    """The deadline of a state that waits for the citizen."""
    return session.now + session.offer.patience.asking_s


def device_until(session: Session) -> float:
    """The deadline of a state that waits for a device."""
    return session.now + session.offer.patience.device_s


def fresh_request(session: Session) -> Session:
    """A session in which answers to earlier questions come too late."""
    return replace(session, request=session.request + 1)


# ---- begin and end ----------------------------------------------------------------------------


def fresh_session(session: Session) -> Session:
    """The session of the next visit: nothing of the last citizen, not even the language."""
    return Session(
        offer=session.offer,
        visit_id=session.visit_id + 1,
        now=session.now,
        today=session.today,
        language=session.offer.languages[0],
        card_present=session.card_present,
        service=session.service,
    )


def over(session: Session, problem: str = "") -> Step:
    """The end of a visit: wiped. A card on the reader must go first."""
    fresh = fresh_session(session)
    return Step(TakeCard(fresh, problem)) if fresh.card_present else Step(start(fresh, problem))


def start(session: Session, problem: str = "") -> State:
    """The start screen, or out of service. `session` must be fresh."""
    if session.service is not None:
        return OutOfService(session, session.service)
    return Idle(session, problem, session.now + session.offer.patience.finished_s if problem else 0.0)


def choose(session: Session) -> State:
    """The start screen in somebody's hands: it keeps language and look until the deadline."""
    if session.service is not None:
        return OutOfService(session, session.service)
    return Choosing(session, asking_until(session))


# ---- the form ---------------------------------------------------------------------------------


def inform(session: Session, form: Form) -> State:
    """The notice, before anything is asked."""
    return Informing(session, asking_until(session), form.procedure, form.answers, form.evidence)


def card_offered(session: Session, form: Form) -> bool:
    """Whether a card could fill in something: the procedure wants it, the terminal has a way, it was not read yet."""
    return form.procedure.card and bool(session.offer.ways) and form.evidence is None


def identify(session: Session, form: Form) -> Identifying:
    """The choice of a way."""
    return Identifying(session, asking_until(session), form.procedure, phase=IdentifyingPhase.WAY, answers=form.answers)


def before_first_page(session: Session, form: Form) -> State:
    """Where "back" leads from the first page."""
    return identify(session, form) if card_offered(session, form) else inform(session, form)


def ask_next(session: Session, form: Form, found: Journey | None = None, *, returning: bool = False) -> Step:
    """The first page that still misses something, or the review page."""
    found = found or journey(form.procedure, form.answers, session.today)
    if found.next is None:
        return review(session, form)
    return Step(open_page(session, form, found, found.next.key, returning=returning))


def open_page(session: Session, form: Form, found: Journey, key: str, *, returning: bool = False) -> Answering:
    """One page. A problem of an answer that is already there is shown at once, a missing answer is none yet."""
    return Answering(
        session,
        asking_until(session),
        form.procedure,
        form.answers,
        key,
        form.evidence,
        problems=standing_problems(form, found, key),
        returning=returning,
    )


def standing_problems(form: Form, found: Journey, key: str) -> dict[AnswerPath, Problem]:
    """What is wrong with answers given earlier on this page, because of answers given elsewhere since."""
    step = found.step(key)
    if step is None or not found.problems:
        return {}
    paths = [step.path(item) for item in step.fields]
    return {path: found.problems[path] for path in paths if path in found.problems and path in form.answers}


def review(session: Session, form: Form) -> Step:
    """The review page; the application is made ready anew behind it."""
    session = fresh_request(session)
    application = Application(form.procedure, form.answers, session.language, session.today, form.evidence)
    return Step(Reviewing(session, asking_until(session), application), (prepare(session, application),))


def prepare(session: Session, application: Application) -> PrepareApplication:
    """The request to make an application ready, under the session's newest number."""
    return PrepareApplication(session.visit_id, session.request, application)
