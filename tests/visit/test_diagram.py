"""The diagram in the README is the table, drawn."""

from __future__ import annotations

import typing
from pathlib import Path

from kiosk.visit import model
from kiosk.visit.diagram import MARK, mermaid, readme_block
from kiosk.visit.machine import TABLE
from kiosk.visit.step import rule

README = Path(__file__).resolve().parents[2] / "README.md"


def test_the_readme_shows_the_table_as_it_is():
    text = README.read_text(encoding="utf-8")
    assert text.count(MARK) == 2, "the README holds what `python -m kiosk.visit.diagram` prints"
    assert text[text.index(MARK) : text.rindex(MARK) + len(MARK)] == readme_block()


def test_every_state_is_drawn():
    drawn = mermaid(TABLE)
    for state in typing.get_args(model.State):
        assert state.__name__ in drawn


def test_every_declared_way_has_its_arrow():
    arrows = [line.strip() for line in mermaid(TABLE).splitlines() if "-->" in line and "[*]" not in line]
    pairs = {tuple(arrow.split(": ")[0].split(" --> ")) for arrow in arrows}
    asking = {state.__name__ for state in typing.get_args(model.AskingState)}
    for (state, event), line in TABLE.items():
        for target in line.targets:
            here, there = state.__name__, target.__name__
            sources = {here, "Asking"} if here in asking else {here}
            targets = {there, "Asking"} if there in asking else {there}
            assert event is model.VisitFailed or here == there or pairs & {(s, t) for s in sources for t in targets}


def test_one_more_line_in_the_table_is_one_more_arrow():
    more = {**TABLE, (model.TakeCard, model.AnotherWanted): rule(lambda state, event: state, model.LookingUp)}
    added = set(mermaid(more).splitlines()) - set(mermaid(TABLE).splitlines())
    assert added == {"    TakeCard --> LookingUp: AnotherWanted"}
