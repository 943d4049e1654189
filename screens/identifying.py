"""The way of the card: choose it, lay it down, copy what unlocks it, reading.

Rules
  1. Before anything is read it says what will be read: the attributes this procedure wants, no others.
  2. Without a card it goes on from everywhere here.
  3. Each phase is a screen of its own, so that what was typed is gone with its fields.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any

from kivy.properties import ObjectProperty

from kiosk.identity import ReadPhase, Way
from kiosk.visit.model import Identifying, IdentifyingPhase, WayChosen
from screens.phase import Part, Told, what_is_read
from screens.screen import Screen, load_layout
from screens.text import N_, tr
from screens.unlocking import CanPart, MrzPart
from screens.widgets.bars import Action
from screens.widgets.beside import Stack, explain
from screens.widgets.boxes import NoticeBox
from screens.widgets.buttons import Tile
from screens.widgets.drawings import CardOnReader
from screens.widgets.problem import ProblemPlace, sentence_for
from screens.widgets.progress import Bar, ProgressLine
from screens.widgets.signs import SignLine

__all__ = ["Bar", "IdentifyingScreen"]

load_layout(__file__)

BEFORE_THE_FIRST_PAGE = 0.03
PHASES = (
    (ReadPhase.CONNECTING, N_("Verbindung zum Ausweis herstellen")),
    (ReadPhase.SECURING, N_("Verbindung sichern")),
    (ReadPhase.CHECKING, N_("Echtheit prüfen")),
    (ReadPhase.READING, N_("Angaben lesen")),
)
TITLES = {
    IdentifyingPhase.WAY: N_("Möchten Sie Ihren Ausweis benutzen?"),
    IdentifyingPhase.INSERT: N_("Legen Sie Ihren Ausweis auf den Leser"),
    IdentifyingPhase.CAN: N_("Geben Sie die sechs Ziffern von der Vorderseite ein"),
    IdentifyingPhase.MRZ: N_("Geben Sie ein, was in Ihrem Pass steht"),
    IdentifyingPhase.READING: N_("Ihr Ausweis wird gelesen"),
}
LEADS = {
    IdentifyingPhase.WAY: N_("Dann müssen Sie weniger eintippen. Es geht auch ohne."),
    IdentifyingPhase.INSERT: N_("Sobald er dort liegt, geht es von selbst weiter."),
    IdentifyingPhase.CAN: N_("Sie stehen unten rechts auf Ihrem Ausweis. Es ist nicht die PIN."),
    IdentifyingPhase.MRZ: N_("Alles steht auf der Seite mit dem Foto. Damit öffnet sich der Chip."),
    IdentifyingPhase.READING: N_("Lassen Sie den Ausweis liegen."),
}
# Where another way puts it otherwise.
BY_PASSPORT = {
    IdentifyingPhase.INSERT: (
        N_("Legen Sie Ihren Pass oder Ausweis auf den Leser"),
        N_("Den Pass bitte aufgeschlagen, die Seite mit dem Foto nach unten. Dann geht es von selbst weiter."),
    ),
    IdentifyingPhase.CAN: (
        N_("Geben Sie die sechs Ziffern von Ihrem Ausweis ein"),
        N_("Sie heißen dort oft CAN. Es ist nicht die PIN."),
    ),
}


def words_for(state: Identifying) -> tuple[str, str]:
    """Title and lead of a phase, in German."""
    usual = TITLES[state.phase], LEADS[state.phase]
    return BY_PASSPORT.get(state.phase, usual) if state.way is Way.TRAVEL_DOCUMENT else usual


TILES = {
    Way.ON_SITE: ("with-card", "card", N_("Mit Ausweis"), N_("Jemand vom Personal muss kurz dabei sein.")),
    Way.TRAVEL_DOCUMENT: (
        "with-passport",
        "book",
        N_("Mit Reisepass oder EU-Ausweis"),
        N_("Sie legen das Dokument selbst auf den Leser."),
    ),
    Way.ONLINE: ("with-pin", "lock", N_("Mit Online-Ausweis"), N_("Sie brauchen Ihre sechsstellige PIN.")),
}


class WayPart(Part):
    """The ways this terminal has, side by side, and what happens on the one that needs staff."""

    tiles = ObjectProperty(None)
    read: Any = None

    def explanation(self, state: Identifying) -> Any:
        for way, tile in TILES.items():
            if way in state.session.offer.ways:
                self._tile(way, *tile)
        self._tile(None, "without-card", "pencil", N_("Ohne Ausweis weiter"), N_("Sie tippen alles selbst ein."))
        if Way.ON_SITE not in state.session.offer.ways:
            return Told(state)
        box = NoticeBox(title=N_("So geht es mit Ausweis"), tone="plain")
        if state.confirmation is None:
            box.say(N_("1. Jemand vom Personal kommt dazu und vergleicht das Lichtbild mit Ihnen."))
        else:
            box.say(N_("1. Das Personal hat das Lichtbild schon geprüft."))
        box.say(N_("2. Sie legen den Ausweis auf den Leser."))
        box.say(N_("3. Sie tippen die sechs Ziffern von der Vorderseite ein. Es ist nicht die PIN."))
        self.read = box.tell(what_is_read(state.procedure))
        return box

    def show(self, state: Identifying) -> None:
        if self.read is not None:
            self.read.text = what_is_read(state.procedure)

    def _tile(self, way: Way | None, node_id: str, icon: str, name: str, about: str) -> None:
        tile = Tile(icon=icon, name=name, about=about, node_id=node_id)
        tile.bind(on_tap=lambda _tile: self.choose(way))
        self.tiles.add_widget(tile)


class InsertPart(Part):
    """A drawing of what to do."""

    def explanation(self, state: Identifying) -> Any:
        both = Stack(step=32)
        both.add_widget(CardOnReader())
        both.add_widget(Told(state))
        return both


class ReadingPart(Part):
    """How far the reading is, as a bar and in words."""

    bar = ObjectProperty(None)
    phases = ObjectProperty(None)

    def __init__(self, choose: Callable[[bool], None], **kwargs: Any) -> None:
        super().__init__(choose, **kwargs)
        self.lines = [SignLine(source=words, icon="clock", sign_tone="muted") for _, words in PHASES]
        for line in self.lines:
            self.phases.add_widget(line)

    def show(self, state: Identifying) -> None:
        reached = [phase for phase, _ in PHASES].index(state.read_phase or ReadPhase.CONNECTING)
        self.bar.share = (reached + 0.5) / len(PHASES)
        for number, line in enumerate(self.lines):
            done, now = number < reached, number == reached
            line.icon = "check" if done else "right" if now else "clock"
            line.sign_tone = "success" if done else "action" if now else "muted"
            line.label = f"{line.text}: {self._state(done=done, now=now)}"

    def _state(self, *, done: bool, now: bool) -> str:
        return tr.t("erledigt") if done else tr.t("läuft gerade") if now else tr.t("kommt noch")


PARTS: dict[IdentifyingPhase, type[Part]] = {
    IdentifyingPhase.WAY: WayPart,
    IdentifyingPhase.INSERT: InsertPart,
    IdentifyingPhase.CAN: CanPart,
    IdentifyingPhase.MRZ: MrzPart,
    IdentifyingPhase.READING: ReadingPart,
}


class IdentifyingScreen(Screen):
    """One phase of the way of the card."""

    help_texts = (
        N_(
            "Mit dem Ausweis füllt das Terminal einen Teil der Fragen für Sie aus. Sie sehen alles, bevor Sie absenden."
        ),
        N_("Sie können jederzeit ohne Ausweis weitermachen."),
    )

    def __init__(self, send: Callable[[Any], None], **kwargs: Any) -> None:
        super().__init__(send, **kwargs)
        self.part: Any = None
        self.progress = ProgressLine()
        self.problem = ProblemPlace()
        self.head.add_widget(self.progress, len(self.head.children))
        self.body.add_widget(self.problem)

    @classmethod
    def key(cls, state: Any) -> Hashable:
        return cls.__name__, state.phase

    def update(self, state: Identifying) -> None:
        if self.part is None:
            self.part = PARTS[state.phase](self._choose)
            explain(self, self.part.explanation(state))
            self.body.add_widget(self.part)
        self.progress.what, self.progress.place = tr.t(state.procedure.title), tr.t("Ausweis")
        self.progress.share = BEFORE_THE_FIRST_PAGE
        self.title, self.lead = (tr.t(words) for words in words_for(state))
        self.problem.say(sentence_for(state.problem), self._tries(state))
        self.part.show(state)
        self.back = self.go_back()
        self.forward = self._onward(state.phase)

    def _onward(self, phase: IdentifyingPhase) -> Action | None:
        match phase:
            case IdentifyingPhase.WAY:
                return None
            case IdentifyingPhase.CAN | IdentifyingPhase.MRZ:
                return Action(N_("Ausweis lesen"), lambda: self.part.hand_over(self.send), "primary")
            case _:
                return Action(N_("Ohne Ausweis weiter"), lambda: self._choose(None))

    def first_focus(self) -> Any | None:
        return self.part.entrance()

    def _tries(self, state: Identifying) -> str:
        if not state.problem or state.tries_left is None:
            return ""
        return tr.t("Versuche, die noch bleiben: {number}", number=state.tries_left)

    def _choose(self, way: Way | None) -> None:
        self.send(WayChosen(way))
