"""What means the same in every state: time, a card on the reader, service, language and look, a sign of life, the end.

The machine spreads these rules over all states; a state with an own opinion overrides them in the table.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TypeVar

from kiosk.visit.entering import asking_until, fresh_session, over, start
from kiosk.visit.model import (
    AskingState,
    CardInserted,
    CardRemoved,
    Choosing,
    Ended,
    Idle,
    Interrupted,
    LanguageChosen,
    LookChosen,
    OutOfService,
    ServiceChanged,
    Session,
    State,
    Tick,
    TouchEvent,
)
from kiosk.visit.step import Step, ignored

S = TypeVar("S", bound=State)


# ---- time -------------------------------------------------------------------------------------


def at(state: S, event: Tick) -> S:
    """The same state a little later. The clock of a visit never goes back; the day may jump."""
    session = replace(state.session, now=max(event.now, state.session.now), today=event.today)
    return replace(state, session=session)


def tick(state: State, event: Tick) -> Step:
    """Time passes where nobody is waited for."""
    return Step(at(state, event))


def idle_tick(state: Idle, event: Tick) -> Step:
    """What ended the visit before is said for a while, not to everyone after."""
    later = at(state, event)
    return Step(Idle(later.session) if later.problem and later.session.now >= later.deadline else later)


def asking_tick(state: AskingState, event: Tick) -> Step:
    later = at(state, event)
    session = later.session
    if session.now < later.deadline:
        return Step(later)
    return Step(Interrupted(session, session.now + session.offer.patience.warning_s, later))


def interrupted_tick(state: Interrupted, event: Tick) -> Step:
    later = at(state, event)
    return over(later.session) if later.session.now >= later.deadline else Step(later)


# ---- fingers ----------------------------------------------------------------------------------


def renewed(state: AskingState, session: Session) -> AskingState:
    """The same state with a fresh deadline."""
    return replace(state, session=session, deadline=asking_until(session))


def stay(state: State, event: TouchEvent) -> Step:
    """A sign of life where nobody is waited for."""
    return Step(state)


def more_time(state: AskingState, event: TouchEvent) -> Step:
    return Step(renewed(state, state.session))


def come_back(state: Interrupted, event: TouchEvent) -> Step:
    """Any touch answers "are you still there?"; what it was aimed at lay behind the warning."""
    return Step(renewed(state.previous, state.session))


def end(state: AskingState | Interrupted, event: Ended) -> Step:
    return over(state.session)


def manner(session: Session, event: LanguageChosen | LookChosen) -> Session | None:
    """The session in another language or look; None for a language this terminal does not speak."""
    if isinstance(event, LookChosen):
        return replace(session, look=event.look)
    return replace(session, language=event.language) if event.language in session.offer.languages else None


def change_manner(state: State, event: LanguageChosen | LookChosen) -> Step:
    """Where nobody is waited for."""
    session = manner(state.session, event)
    return ignored(state) if session is None else Step(replace(state, session=session))


def change_manner_asking(state: AskingState, event: LanguageChosen | LookChosen) -> Step:
    session = manner(state.session, event)
    return ignored(state) if session is None else Step(renewed(state, session))


def first_touch(state: Idle, event: LanguageChosen | LookChosen) -> Step:
    """Somebody is there now; without a further touch the choice is forgotten."""
    session = manner(state.session, event)
    return ignored(state) if session is None else Step(Choosing(session, asking_until(session)))


# ---- devices ----------------------------------------------------------------------------------


def card_in(state: State, event: CardInserted) -> Step:
    return Step(replace(state, session=replace(state.session, card_present=True)))


def card_out(state: State, event: CardRemoved) -> Step:
    return Step(replace(state, session=replace(state.session, card_present=False)))


def service_changed(state: State, event: ServiceChanged) -> Step:
    """A visit that was started may finish; its end looks at `session.service`."""
    return Step(replace(state, session=replace(state.session, service=event.reason)))


def service_changed_at_start(state: Idle | Choosing | OutOfService, event: ServiceChanged) -> Step:
    """Nothing was started yet: the terminal opens or closes at once."""
    if event.reason == state.session.service:
        return Step(state)
    session = replace(state.session, service=event.reason)
    if event.reason is None and not isinstance(state, OutOfService):
        return Step(replace(state, session=session))
    return Step(start(fresh_session(session)))
