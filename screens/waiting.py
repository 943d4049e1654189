"""Calm moments: the application is being sealed and stored, or the receipt printed. Nothing to press."""

from __future__ import annotations

from typing import Any

from kivy.clock import Clock
from kivy.properties import ObjectProperty

from kiosk.visit.model import Printing, Saving
from screens.screen import Screen, load_layout
from screens.text import N_, tr
from screens.widgets.boxes import NoticeBox
from screens.widgets.progress import Bar
from screens.widgets.text import Body, Heading

STEP_S = 0.1
SHARE_A_STEP = 0.012


class WaitingBar(Bar):
    """A bar that moves while one waits. It promises no time: it slows down and never reaches its end."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.share = 0.06
        self._tick = Clock.schedule_interval(self._move, STEP_S)

    def _move(self, _dt: float) -> bool | None:
        if self.get_root_window() is None and self.share > 0.1:
            return False
        self.share += (0.96 - self.share) * SHARE_A_STEP
        return None


load_layout(__file__)


class WaitingScreen(Screen):
    """A heading, a sentence and the moving bar; it cannot be left."""

    bar = ObjectProperty(None)
    can_end = False


class SavingScreen(WaitingScreen):
    """The commit point is under way."""

    help_texts = (N_("Ihr Antrag wird gerade verschlüsselt und gespeichert. Bitte warten Sie einen Augenblick."),)

    def update(self, state: Saving) -> None:
        self.title = tr.t("Ihr Antrag wird verschlüsselt und gespeichert")
        self.lead = tr.t("Bitte warten Sie einen Augenblick.")


class PrintingScreen(WaitingScreen):
    """Saved. The code can already be read while the receipt is printed."""

    help_texts = (N_("Der Beleg kommt unten aus dem Drucker. Der Code steht auch hier auf dem Bildschirm."),)

    def __init__(self, send: Any, **kwargs: Any) -> None:
        super().__init__(send, **kwargs)
        self.box = NoticeBox(title=N_("Ihr Code"), tone="success")
        self.code = Heading(node_id="code", private=True)
        self.box.add_widget(self.code)
        self.body.add_widget(self.box, len(self.body.children))
        self.body.add_widget(Body(source=N_("Mit diesem Code sehen Sie, wie weit Ihr Antrag ist.")))

    def update(self, state: Printing) -> None:
        self.title = tr.t("Ihr Antrag ist erfasst. Der Beleg wird gedruckt")
        self.lead = tr.t("Er kommt gleich unten heraus.")
        self.code.text = state.receipt.code
