"""The table of the visit as a picture: a Mermaid state diagram, made from the table alone.

`python -m kiosk.visit.diagram` prints the block the README holds; a test keeps both equal. What
(nearly) all asking states share is drawn once, from a frame around them, with its exceptions named;
what leads from everywhere to the end stands in a note. Staying in a state is not drawn.
"""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Iterable

from kiosk.visit.machine import ASKING, STATES, TABLE, TOUCHES, Table
from kiosk.visit.model import Event, Idle, State

MARK = "<!-- visit diagram -->"
FRAME = "Asking"

# Shared by so many asking states that a frame says it better than arrows.
NEARLY_ALL = len(ASKING) - 2

Arrow = tuple[str, str]


def mermaid(table: Table) -> str:
    """The diagram's text, always in the same order."""
    everywhere = _everywhere(table)
    arrows: dict[Arrow, list[str]] = defaultdict(list)
    shared = _shared(table, everywhere)
    for (event, target), without in shared.items():
        exceptions = f" (not {' '.join(_names(without))})" if without else ""
        arrows[FRAME, target.__name__].append(event.__name__ + exceptions)
    framed = {(event, target.__name__) for event, target in shared}
    for (state, event), line in table.items():
        if event not in everywhere:
            for name in _targets(line.targets, state):
                if state not in ASKING or (event, name) not in framed:
                    arrows[state.__name__, name].append(event.__name__)
    drawn = [f"    {source} --> {target}: {_label(events)}" for (source, target), events in sorted(arrows.items())]
    inside = [f"        {name}" for name in _names(ASKING)]
    notes = [f"    note right of Idle: {_note(table, event)}" for event in sorted(everywhere, key=_name)]
    frame = [f'    state "somebody is asked" as {FRAME} {{', *inside, "    }"]
    return "\n".join(["stateDiagram-v2", f"    [*] --> {Idle.__name__}", *frame, *drawn, *notes])


def readme_block() -> str:
    """The part of the README between its two marks, marks included."""
    return f"{MARK}\n```mermaid\n{mermaid(TABLE)}\n```\n{MARK}"


def _everywhere(table: Table) -> set[type[Event]]:
    """Events that one and the same rule takes in every state, away from where it was."""
    rules: dict[type[Event], set[object]] = defaultdict(set)
    leaving: dict[type[Event], int] = defaultdict(int)
    for (_, event), line in table.items():
        rules[event].add(line.do)
        leaving[event] += 1
    moving = {event for (_, event), line in table.items() if line.targets}
    return {event for event in moving if len(rules[event]) == 1 and leaving[event] == len(STATES)}


def _shared(table: Table, everywhere: set[type[Event]]) -> dict[tuple[type[Event], type[State]], list[type[State]]]:
    """Ways that nearly all asking states have, each with the states that lack it."""
    having: dict[tuple[type[Event], type[State]], list[type[State]]] = defaultdict(list)
    for (state, event), line in table.items():
        if state in ASKING and event not in everywhere:
            for target in line.targets:
                having[event, target].append(state)
    return {
        way: [state for state in ASKING if state not in states]
        for way, states in having.items()
        if len(states) >= NEARLY_ALL
    }


def _targets(targets: Iterable[type[State]], state: type[State]) -> list[str]:
    """Names to draw arrows to; all asking states together are the frame."""
    kinds = set(targets) - {state}
    if kinds >= set(ASKING):
        return [FRAME, *_names(kinds - set(ASKING))]
    return _names(kinds)


def _label(events: list[str]) -> str:
    """The events of one arrow; nearly all touches are called so."""
    touches = {touch.__name__ for touch in TOUCHES}
    missing = sorted(touches - set(events))
    if len(missing) > 3:
        return ", ".join(sorted(events))
    others = sorted(set(events) - touches)
    return ", ".join([f"any touch but {' and '.join(missing)}" if missing else "any touch", *others])


def _note(table: Table, event: type[Event]) -> str:
    targets = {target for (_, found), line in table.items() if found is event for target in line.targets}
    return f"{event.__name__} leads from every state to {' or '.join(_names(targets))}"


def _names(kinds: Iterable[type]) -> list[str]:
    return sorted(map(_name, kinds))


def _name(kind: type) -> str:
    return kind.__name__


if __name__ == "__main__":
    sys.stdout.write(readme_block() + "\n")
