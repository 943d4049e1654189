"""What one event does to a visit: the next state, the work it asks for, and the rule that says so."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from kiosk.errors import VisitError
from kiosk.visit.model import Effect, Event, State


class UnexpectedAnswer(VisitError):  # noqa: N818  - it names what happened, as events do
    """A device answered a question nobody asked (VISIT-02). The visit is as it was."""

    def __init__(self, state: State, event: Event) -> None:
        super().__init__("VISIT-02", f"{type(event).__name__} in {type(state).__name__}")


@dataclass(frozen=True, slots=True)
class Step:
    """The visit after one event. `ignored` marks a touch that meant nothing here; double taps are normal."""

    state: State
    effects: tuple[Effect, ...] = ()
    ignored: bool = False


@dataclass(frozen=True, slots=True)
class Rule:
    """One line of the table. `targets` are all states it may lead to besides the one it starts in.

    `do` takes the state and the event of its line; the table pairs them, so their types stand there.
    """

    do: Callable[[Any, Any], Step]
    targets: tuple[type[State], ...] = ()


def rule(do: Callable[[Any, Any], Step], *targets: type[State]) -> Rule:
    """A line of the table, in the order it is read."""
    return Rule(do, targets)


def ignored(state: State) -> Step:
    """A touch that means nothing in this state."""
    return Step(state, ignored=True)
