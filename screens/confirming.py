"""For the member of staff: photo and person match, confirmed by an own number and one-time code (§ 18a PAuswG).

The code is shown as dots, lives in its boxes only and leaves in one event.
"""

from __future__ import annotations

from typing import Any

from kivy.properties import ObjectProperty

from kiosk.visit.model import Confirming, StaffCodeEntered, WayChosen
from screens.focus import focus
from screens.screen import Screen, load_layout
from screens.text import N_, tr
from screens.widgets.bars import Action
from screens.widgets.beside import Beside, explain
from screens.widgets.boxes import NoticeBox
from screens.widgets.digits import DigitBoxes
from screens.widgets.field import TextField
from screens.widgets.problem import ProblemPlace, sentence_for
from screens.widgets.progress import ProgressLine
from screens.widgets.signs import SignLine

__all__ = ["Beside", "ConfirmingScreen", "DigitBoxes", "SignLine", "TextField"]

load_layout(__file__)

BEFORE_THE_FIRST_PAGE = 0.03


class ConfirmingScreen(Screen):
    """Number and code; a way back, and a way without the card."""

    entry = ObjectProperty(None)
    number = ObjectProperty(None)
    code = ObjectProperty(None)
    number_wrong = ObjectProperty(None)
    code_wrong = ObjectProperty(None)
    waiting_line = ObjectProperty(None)
    help_texts = (
        N_("Das Personal vergleicht das Lichtbild mit der Person und bestätigt es mit einem Einmalcode."),
        N_("Ist gerade niemand da, machen Sie ohne Ausweis weiter."),
    )

    def __init__(self, send: Any, **kwargs: Any) -> None:
        super().__init__(send, **kwargs)
        self._entry = self.entry.__self__
        self.progress = ProgressLine()
        self.problem = ProblemPlace()
        self.head.add_widget(self.progress, len(self.head.children))
        self.body.add_widget(self.problem, len(self.body.children))
        box = NoticeBox(title=N_("Das bestätigt das Personal"), tone="plain")
        box.say(N_("Das Lichtbild auf dem Ausweis zeigt diese Person, und sie steht selbst hier."))
        box.say(N_("Die Bestätigung gilt nur für diesen einen Besuch."))
        explain(self, box)

    def update(self, state: Confirming) -> None:
        self.progress.what, self.progress.place = tr.t(state.procedure.title), tr.t("Ausweis")
        self.progress.share = BEFORE_THE_FIRST_PAGE
        self.problem.say(sentence_for(state.problem))
        self.waiting_line.text = tr.t("Der Code wird geprüft. Einen Augenblick, bitte.") if state.waiting else ""
        self._offer_entry(offered=not state.waiting)
        self.back = self.go_back()
        self.forward = None if state.waiting else Action(N_("Person bestätigen"), self._confirm, "primary")

    def first_focus(self) -> Any | None:
        return self.number.__self__ if self.forward is not None else None

    def _offer_entry(self, *, offered: bool) -> None:
        """While the roster is asked there is nothing to type."""
        if offered and self._entry.parent is None:
            self.body.add_widget(self._entry, 1)
            focus.take(self.code.__self__)
        elif not offered and self._entry.parent is not None:
            self.body.remove_widget(self._entry)
            focus.take(None)

    def without_card(self) -> None:
        self.send(WayChosen(None))

    def _confirm(self) -> None:
        number = self.number.text.strip()
        self.number.error = self.number_wrong.text = "" if number else tr.t("Bitte geben Sie Ihre Nummer ein.")
        missing = self.code.missing_in_words()
        self.code.error = self.code_wrong.text = missing
        if not number:
            focus.take(self.number.__self__)
        elif missing:
            focus.take(self.code.__self__)
        else:
            focus.take(None)
            self.send(StaffCodeEntered(number, self.code.take_out()))
