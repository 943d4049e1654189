"""Before the first question: how long, what one needs, who gets what, what happens to the data (Art. 13 GDPR)."""

from __future__ import annotations

from typing import Any

from kivy.properties import ObjectProperty

from kiosk.procedures.model import Procedure
from kiosk.visit.model import Informing, NoticeAgreed
from screens.screen import Screen, load_layout
from screens.text import N_, tr
from screens.widgets.boxes import NoticeBox
from screens.widgets.signs import SignLine
from screens.widgets.text import Body

load_layout(__file__)


class InformingScreen(Screen):
    """One page to read, and "understood"."""

    needed = ObjectProperty(None)
    offices = ObjectProperty(None)
    notice = ObjectProperty(None)
    help_texts = (
        N_("Lesen Sie in Ruhe. Auf der nächsten Seite geht es los. Bis zum Absenden wird nichts gespeichert."),
    )

    @classmethod
    def key(cls, state: Informing) -> Any:
        return state.procedure.id

    def update(self, state: Informing) -> None:
        procedure = state.procedure
        self.title = tr.t(procedure.title)
        self.lead = tr.t("Das dauert etwa {minutes} Minuten.", minutes=procedure.minutes)
        self._list_needed(procedure)
        self._list_offices(procedure)
        self.notice.clear_widgets()
        for paragraph in tr.t(procedure.notice).split("\n\n"):
            self.notice.add_widget(Body(text=paragraph.strip()))
        self.back = self.go_back()
        self.forward = self.go_on(N_("Verstanden, weiter"), NoticeAgreed)

    def _list_needed(self, procedure: Procedure) -> None:
        self.needed.clear_widgets()
        for thing in procedure.needed:
            self.needed.add_widget(SignLine(text=tr.t(thing), icon="dot"))

    def _list_offices(self, procedure: Procedure) -> None:
        self.offices.clear_widgets()
        for destination in procedure.destinations:
            box = NoticeBox(title=destination.department, tone="plain")
            box.say(destination.purpose)
            self.offices.add_widget(box)
