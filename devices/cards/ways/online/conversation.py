"""Carries one dialogue out: what AusweisApp says, what the citizen answers and the call to end it, in one queue.

Rules
  1. AusweisApp has a deadline; a person has none: the visit's own patience ends the way with `abandon`.
  2. However it ends, AusweisApp is told CANCEL and given a moment to pass that on to the eID server.

One thread runs the conversation; messages, answers and the call to end it come from others.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import Final

from devices.cards.ways.online import commands as say
from devices.cards.ways.online import messages as sdk
from devices.cards.ways.online.dialogue import advance, begin
from devices.cards.ways.online.dialogue_state import Dialogue, Question, Step
from kiosk.errors import CardError
from kiosk.identity import ReadPhase
from kiosk.online import OnlineAnswer

DEADLINE_S: Final = 60.0  # AusweisApp's own time-out for a server is 30 s
LEAVE_S: Final = 2.0


@dataclass(frozen=True, slots=True)
class Abandoned:
    """The citizen turned away."""


Inbox = SimpleQueue[sdk.Message | OnlineAnswer | Abandoned | CardError]


@dataclass(frozen=True, slots=True)
class Line:
    """What goes to AusweisApp, what comes in, and how long AusweisApp may be silent."""

    send: Callable[[say.Command], None]
    inbox: Inbox
    deadline_s: float = DEADLINE_S


@dataclass(frozen=True, slots=True)
class Citizen:
    """Who is asked, and told how far it is."""

    ask: Callable[[Question], None]
    progress: Callable[[ReadPhase], None]


def converse(dialogue: Dialogue, line: Line, citizen: Citizen) -> None:
    """Until the dialogue is done. Raises CardError."""
    try:
        step = begin(dialogue)
        _carry_out(step, line, citizen)
        while not step.done:
            step = advance(step.state, _next(line.inbox, None if step.state.asked else line.deadline_s))
            _carry_out(step, line, citizen)
    except CardError:
        _leave(line)
        raise


def _next(inbox: Inbox, timeout_s: float | None) -> sdk.Message | OnlineAnswer:
    try:
        item = inbox.get(timeout=timeout_s)
    except Empty:
        raise CardError("CARD-24", "AusweisApp does not answer") from None
    match item:
        case CardError() as error:
            raise error
        case Abandoned():
            raise CardError("CARD-26")
        case _:
            return item


def _carry_out(step: Step, line: Line, citizen: Citizen) -> None:
    if step.phase is not None:
        citizen.progress(step.phase)
    for command in step.send:
        line.send(command)
    if step.ask is not None:
        citizen.ask(step.ask)


def _leave(line: Line) -> None:
    """Until AusweisApp says that its workflow has ended, or there was none; not longer than a moment."""
    until = time.monotonic() + LEAVE_S
    try:
        line.send(say.Cancel())
        while (left := until - time.monotonic()) > 0:
            if _ended(line.inbox.get(timeout=left)):
                return
    except (CardError, Empty):
        return


def _ended(item: object) -> bool:
    match item:
        case sdk.Auth(result=None) | sdk.ChangePin(success=None):
            return False
        case sdk.Auth() | sdk.ChangePin() | sdk.BadState() | CardError():
            return True
        case _:
            return False
