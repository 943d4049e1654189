"""The first screen: what people come for, in their words, and the languages by their own names."""

from __future__ import annotations

from typing import Any

from kivy.properties import ObjectProperty

from kiosk.errors import CATALOGUE
from kiosk.language import native_name
from kiosk.visit.model import Idle, LanguageChosen, ProcedureChosen, StatusWanted
from screens.screen import Screen, load_layout
from screens.text import N_, tr
from screens.theme import theme
from screens.widgets.boxes import NoticeBox
from screens.widgets.buttons import PushButton, Tile

WORDS_IN_A_TILE = 16.5  # widths of a capital: "Bewohnerparkausweis" beside its icon

load_layout(__file__)


class StartScreen(Screen):
    """Tiles of the procedures this terminal offers, and the way to an application's state."""

    tiles = ObjectProperty(None)
    languages = ObjectProperty(None)
    can_end = False
    help_texts = (
        N_("Tippen Sie auf das, was Sie erledigen möchten. Danach fragen wir Sie Seite für Seite."),
        N_("Mit dem Code von Ihrem Beleg sehen Sie, wie weit Ihr Antrag ist."),
    )

    def __init__(self, send: Any, **kwargs: Any) -> None:
        super().__init__(send, **kwargs)
        theme.bind(revision=self._arrange)

    def _arrange(self, *_: object) -> None:
        """As many columns as leave every word whole; few tiles are higher ones."""
        count = len(self.tiles.children)
        fit = max(1, int((theme.width - 2 * theme.margin) / (theme.body * WORDS_IN_A_TILE)))
        self.tiles.columns = min(fit, 2 if count <= 4 else 3)
        higher = not theme.flat and count <= 6 and not theme.low
        for tile in self.tiles.children:
            tile.roomy = higher

    def update(self, state: Any) -> None:
        offer = state.session.offer
        if not self.tiles.children:
            for procedure in offer.procedures.values():
                self._tile(procedure.icon, procedure.title, procedure.summary, ProcedureChosen(procedure.id))
            self._tile("search", N_("Stand meines Antrags"), N_("Mit dem Code vom Beleg"), StatusWanted())
            for code in offer.languages:
                self._language(code)
            self._arrange()
        for chip in self.languages.children:
            chip.kind = "primary" if chip.node_id == f"language-{state.session.language}" else "plain"
        self._say(state.problem if isinstance(state, Idle) else "")

    def _say(self, code: str) -> None:
        """Why the visit before this one ended, if it broke off."""
        self.lead = tr.t("Tippen Sie auf ein Feld.")
        for box in [child for child in self.body.children if isinstance(child, NoticeBox)]:
            self.body.remove_widget(box)
        if code:
            box = NoticeBox(tone="warning")
            box.say(CATALOGUE[code].citizen)
            self.body.add_widget(box, len(self.body.children))

    def _tile(self, icon: str, name: str, about: str, event: Any) -> None:
        node_id = getattr(event, "procedure_id", "status")
        tile = Tile(icon=icon, name=name, about=about, node_id=node_id)
        tile.bind(on_tap=lambda _tile: self.send(event))
        self.tiles.add_widget(tile)

    def _language(self, code: str) -> None:
        chip = PushButton(text=native_name(code), node_id=f"language-{code}", kind="plain")
        chip.bind(on_tap=lambda _chip: self.send(LanguageChosen(code)))
        self.languages.add_widget(chip)
