"""Coloured boxes: something to know, why we ask, what went wrong. Colour is never the only sign."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from kivy.properties import OptionProperty

from screens.focus import focus
from screens.semantics import Semantic
from screens.text import N_, tr
from screens.theme import theme
from screens.widgets.buttons import PushButton
from screens.widgets.layout import Panel
from screens.widgets.text import Body, Strong

SIGNS = {"info": N_("Hinweis"), "success": N_("Erledigt"), "warning": N_("Achtung"), "danger": N_("Wichtig")}


class NoticeBox(Panel):
    """A box with a coloured bar, a bold first line and text. `tone`: info, success, warning, danger, plain."""

    tone = OptionProperty("info", options=("info", "success", "warning", "danger", "plain"))

    def __init__(self, title: str = "", **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.title = Strong(source=title or SIGNS.get(self.tone, ""))
        self.add_widget(self.title)
        theme.bind(revision=self._dress)
        self.bind(tone=self._dress)
        self._dress()

    def say(self, source: str, **params: object) -> Body:
        """Add a paragraph of German text."""
        paragraph = Body(source=source, params=params)
        self.add_widget(paragraph)
        return paragraph

    def tell(self, text: str) -> Body:
        """Add a paragraph that is already in the citizen's language."""
        paragraph = Body(text=text)
        self.add_widget(paragraph)
        return paragraph

    def _dress(self, *_: object) -> None:
        side, above = theme.space(32), theme.space(24)
        self.inset = [side, above, theme.space(24), above]
        self.spacing = theme.space(8)
        self.radius = 4
        plain = self.tone == "plain"
        self.fill = theme.tinted if plain else getattr(theme, f"{self.tone}_tint")
        self.bar = (0, 0, 0, 0) if plain else getattr(theme, self.tone)


class WhyBox(NoticeBox):
    """Why a page asks: purpose, law, and as of when that was read."""

    def __init__(self, why: Any, **kwargs: Any) -> None:
        super().__init__(title=N_("Warum fragen wir das?"), tone="info", **kwargs)
        self.say(why.text)
        if why.law:
            law = why.law if not why.as_of else N_("{law} (Stand {as_of})")
            self.add_widget(LawLine(law, why))


class LawLine(Body):
    """The law and the day it was read, the day in the citizen's language."""

    def __init__(self, pattern: str, why: Any) -> None:
        self._pattern, self._why = pattern, why
        super().__init__(source=pattern)

    def retell(self, *_: object) -> None:
        why = self._why
        if why.as_of:
            self.text = tr.t("{law} (Stand {as_of})", law=tr.t(why.law), as_of=tr.language.date(why.as_of))
        else:
            self.text = tr.t(why.law)


@dataclass(frozen=True, slots=True)
class Complaint:
    """One line of the error summary: the sentence, already in the citizen's language, and where to go."""

    sentence: str
    go: Callable[[], None]


class ErrorSummary(Semantic, Panel):
    """What has to be put right, on top of the page; each line leads to its field. It gets the focus."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(node_id="problems", role="alert", focusable=True, **kwargs)
        self.complaints: Sequence[Complaint] = ()
        theme.bind(revision=self._dress)

    def show(self, complaints: Sequence[Complaint]) -> None:
        """Replace the lines; none: the box is gone."""
        self.clear_widgets()
        self.complaints = complaints
        self.focusable = bool(complaints)
        if not complaints:
            self.inset, self.label, self.height = [0, 0, 0, 0], "", 0
            self.fill = self.edge = (0, 0, 0, 0)
            return
        title = tr.t("Bitte sehen Sie noch einmal nach:")
        self.label = " ".join([title, *(complaint.sentence for complaint in complaints)])
        self.add_widget(Strong(text=title, color=theme.danger, role="part"))
        for number, complaint in enumerate(complaints, 1):
            link = PushButton(
                text=complaint.sentence, kind="link", halign="left", bold=False, node_id=f"problems.{number}"
            )
            link.bind(on_tap=lambda _button, go=complaint.go: go())
            self.add_widget(link)
        self._dress()

    def _dress(self, *_: object) -> None:
        if self.complaints:
            side = theme.space(24)
            self.inset = [side, theme.space(16), side, theme.space(8)]
            self.fill, self.edge, self.edge_width = theme.danger_tint, theme.danger, 4

    def activate(self) -> None:
        """OK on the summary goes to the first problem."""
        if self.complaints:
            self.complaints[0].go()

    def call(self) -> None:
        """Move the focus here, visibly."""
        if self.complaints:
            focus.take(self, by_keys=True)
