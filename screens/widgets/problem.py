"""The place on a screen where it says what went wrong, in the words of the error catalogue."""

from __future__ import annotations

from typing import Any

from kiosk.errors import CATALOGUE
from screens.text import N_, tr
from screens.widgets.boxes import NoticeBox
from screens.widgets.layout import Column
from screens.widgets.text import Body


def sentence_for(code: str) -> str:
    """What the citizen reads for an error code, in their language; "" for no code."""
    return tr.t(CATALOGUE[code].citizen) if code else ""


class ProblemPlace(Column):
    """Empty, or one box. Told the same again it does not move."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._said: tuple[str, ...] = ()

    def say(self, *sentences: str, title: str = "") -> None:
        """Show these sentences, already in the citizen's language, under a German `title`; empty ones do not count."""
        told = tuple(sentence for sentence in sentences if sentence)
        if told == self._said:
            return
        self._said = told
        self.clear_widgets()
        if not told:
            return
        box = NoticeBox(title=title or N_("Achtung"), tone="warning")
        for number, sentence in enumerate(told):
            box.add_widget(Body(text=sentence, role="alert", node_id="problem" if not number else f"problem.{number}"))
        self.add_widget(box)
