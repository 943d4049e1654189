"""Everything on one page before it is sent: each answer, where it came from, how to change it, who gets it.

Rules
  1. A value from the card is not changed here: "Stimmt nicht" puts the citizen's version beside it.
  2. Nothing is shortened; what does not fit is paged.
  3. The rows that can be seen at once stand in the first frame, the others and what lies below them follow a
     few a frame: a long application must not keep anybody waiting for a page.
"""

from __future__ import annotations

from typing import Any

from kivy.clock import Clock
from kivy.properties import ObjectProperty

from kiosk.application import Application
from kiosk.procedures.journey import journey
from kiosk.procedures.model import Source
from kiosk.procedures.summary import Row, Section, summary
from kiosk.visit.model import ChangeWanted, Contested, ReviewAccepted, Reviewing
from screens.screen import Screen, load_layout
from screens.text import N_, tr
from screens.theme import theme
from screens.widgets.boxes import NoticeBox
from screens.widgets.problem import ProblemPlace, sentence_for
from screens.widgets.progress import ProgressLine
from screens.widgets.recipients import fee_box, recipients_box
from screens.widgets.rows import Rows

load_layout(__file__)

AFTER_THE_LAST_PAGE = 0.95
FIRST_ROWS = 13  # as many as a portrait panel shows
ROWS_A_FRAME = 16


class ReviewingScreen(Screen):
    """Sections of rows; beside or below them what else to know before sending."""

    rows = ObjectProperty(None)
    help_texts = (
        N_("Mit „Ändern“ kommen Sie zu der Frage zurück. Danach sind Sie wieder hier."),
        N_("Ist eine Angabe vom Ausweis falsch, tippen Sie auf „Stimmt nicht“. Die Stelle prüft dann beide Angaben."),
    )

    def __init__(self, send: Any, **kwargs: Any) -> None:
        super().__init__(send, **kwargs)
        self.progress, self.problem = ProgressLine(), ProblemPlace()
        self.head.add_widget(self.progress, len(self.head.children))
        self.body.add_widget(self.problem, len(self.body.children))
        self._drawn: Any = None
        self._waiting: list[tuple[Section, Row]] = []
        self._section: tuple[Section, Rows] | None = None
        self._application: Any = None
        self._aside_waits = self._shown = False
        self._go_on = Clock.create_trigger(self._after_a_frame, 0)

    def update(self, state: Reviewing) -> None:
        application = state.application
        self.progress.what, self.progress.place = tr.t(application.procedure.title), tr.t("Prüfen")
        self.progress.share = AFTER_THE_LAST_PAGE
        self.problem.say(sentence_for(state.problem))
        if self._drawn != (id(application), tr.language.code):
            self._drawn = (id(application), tr.language.code)
            self._draw(application)
        self.back = self.go_back()
        self.forward = self.go_on(N_("Weiter zum Absenden"), ReviewAccepted)

    def _draw(self, application: Application) -> None:
        self._application = application
        sections = summary(application.procedure, application.answers, application.today, tr.language)
        self.rows.clear_widgets()
        self._section = None
        self._waiting = [(section, row) for section in sections for row in section.rows]
        self.aside.clear_widgets()
        self._aside_waits, self._shown = True, False
        if theme.wide:  # there it stands beside the first rows, else below the last
            self._draw_aside()
        self._draw_some(FIRST_ROWS)

    def _after_a_frame(self, *_: object) -> None:
        """The clock comes by before the first frame is drawn: that one shall not wait."""
        if self._shown:
            self._draw_some(ROWS_A_FRAME)
        else:
            self._shown = True
            self._go_on()

    def _draw_some(self, count: int) -> None:
        """The next few rows, and the rest in the frames after this one."""
        for section, row in self._waiting[:count]:
            if self._section is None or self._section[0] is not section:
                self._section = section, Rows(section.title)
                self.rows.add_widget(self._section[1])
            self._draw_row(self._section[1], row)
        del self._waiting[:count]
        if self._waiting:
            self._go_on()
        elif self._aside_waits:
            self._draw_aside()

    def _draw_row(self, section: Rows, row: Row) -> None:
        shown = section.row(row.label, row.text, row.path)
        if row.source is Source.CARD:
            shown.badge(tr.t("vom Ausweis"), "card", "success")
        if row.contested is not None:
            shown.badge(tr.t("stimmt nicht"), "warning", "warning")
            shown.add(tr.t("Ihre Angabe dazu: {own}", own=row.contested))
        if row.source is not Source.CARD:
            shown.offer(tr.t("Ändern"), lambda: self.send(ChangeWanted(row.step_key)), f"{row.path}!")
        else:
            words = tr.t("Stimmt nicht") if row.contested is None else tr.t("Ändern")
            shown.offer(words, lambda: self.send(Contested(row.path)), f"{row.path}!")

    def _draw_aside(self) -> None:
        application = self._application
        self._aside_waits = False
        for warning in journey(application.procedure, application.answers, application.today).warnings:
            box = NoticeBox(tone="warning")
            box.say(warning.text)
            self.aside.add_widget(box)
        fee = fee_box(application)
        if fee is not None:
            self.aside.add_widget(fee)
        self.aside.add_widget(recipients_box(application))
