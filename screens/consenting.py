"""The binding tap, on a page of its own: who gets what, and "Verbindlich absenden" (§ 9a OZG).

Whether departments may know of each other is asked here, starts as "no" and is never needed.
"""

from __future__ import annotations

from typing import Any

from kivy.properties import ObjectProperty

from kiosk.visit.model import Consenting, SubmissionConfirmed
from screens.screen import Screen, load_layout
from screens.text import N_, tr
from screens.widgets.bars import Action
from screens.widgets.beside import Stack
from screens.widgets.choices import Confirm
from screens.widgets.problem import ProblemPlace, sentence_for
from screens.widgets.progress import ProgressLine
from screens.widgets.recipients import fee_box, recipients_box
from screens.widgets.signs import SignLine
from screens.widgets.text import Lead

__all__ = ["ConsentingScreen", "SignLine"]

load_layout(__file__)

LAST_STEP = 0.98
SHARE = N_("Die Stellen dürfen voneinander wissen: Jede erfährt die Vorgangsnummer der anderen.")
SHARE_HINT = N_("Das ist freiwillig. Ohne Häkchen erfährt keine Stelle von der anderen.")


class ConsentingScreen(Screen):
    """Recipients, fee, the optional consent, and the one main action."""

    waiting_line = ObjectProperty(None)
    help_texts = (
        N_("Erst wenn Sie auf „Verbindlich absenden“ tippen, wird etwas gesendet."),
        N_("Mit „Zurück“ sehen Sie noch einmal alle Angaben."),
    )

    def __init__(self, send: Any, **kwargs: Any) -> None:
        super().__init__(send, **kwargs)
        self.progress, self.problem = ProgressLine(), ProblemPlace()
        self.recipients, self._consent = Stack(step=24), Stack(step=8)
        self.share: Confirm | None = None
        self.head.add_widget(self.progress, len(self.head.children))
        self.body.add_widget(self.problem, len(self.body.children))
        self.body.add_widget(self.recipients)
        self._drawn: Any = None

    def update(self, state: Consenting) -> None:
        application = state.application
        self.progress.what, self.progress.place = tr.t(application.procedure.title), tr.t("Absenden")
        self.progress.share = LAST_STEP
        if self._drawn != (id(application), tr.language.code):
            self._drawn = (id(application), tr.language.code)
            self._draw(state)
        self.problem.say(sentence_for(state.problem), title=N_("Es wurde nichts gesendet."))
        self.waiting_line.text = (
            tr.t("Ihre Angaben werden vorbereitet und gleich abgesendet. Sie müssen nichts tun.")
            if state.waiting
            else ""
        )
        if self.share is not None:
            self.share.disabled = state.waiting
        self.back = self.go_back()
        self.forward = None if state.waiting else Action(N_("Verbindlich absenden"), self._submit, "primary")

    def _draw(self, state: Consenting) -> None:
        self.recipients.clear_widgets()
        self.recipients.add_widget(recipients_box(state.application))
        self.aside.clear_widgets()
        fee = fee_box(state.application)
        if fee is not None:
            self.aside.add_widget(fee)
        self._offer_share(state)

    def _offer_share(self, state: Consenting) -> None:
        """The consent, where there is more than one department; what was ticked stays ticked."""
        if self.share is None and len(state.application.procedure.destinations) > 1:
            self.share = Confirm(SHARE, stem="share")
            self.share.put("yes" if state.share_references else "")
            self._consent.add_widget(self.share)
            self._consent.add_widget(Lead(source=SHARE_HINT))
        if self.share is not None:
            self.aside.add_widget(self._consent)

    def _submit(self) -> None:
        self.send(SubmissionConfirmed(self.share is not None and self.share.text == "yes"))
