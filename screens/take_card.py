"""The visit is over and wiped, but a card still lies on the reader."""

from __future__ import annotations

from kiosk.errors import CATALOGUE
from kiosk.visit.model import TakeCard
from screens.screen import Screen, load_layout
from screens.text import N_
from screens.widgets.boxes import NoticeBox
from screens.widgets.card import CardPicture

__all__ = ["CardPicture", "TakeCardScreen"]

load_layout(__file__)


class TakeCardScreen(Screen):
    """Says so until the card is gone. Nothing to press."""

    can_end = False
    help_texts = (N_("Nehmen Sie Ihren Ausweis vom Leser. Danach kann die nächste Person anfangen."),)

    def update(self, state: TakeCard) -> None:
        for box in [child for child in self.body.children if isinstance(child, NoticeBox)]:
            self.body.remove_widget(box)
        if state.problem:
            box = NoticeBox(tone="warning")
            box.say(CATALOGUE[state.problem].citizen)
            self.body.add_widget(box)
