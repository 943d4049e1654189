"""The way of the card: with or without, lay it down, six digits, reading.

Rules
  1. Before anything is read it says what will be read: the attributes this procedure wants, no others.
  2. Without a card it goes on from everywhere here.
  3. The six digits live in their boxes and leave in one event; each phase is a screen of its own, so the
     boxes are gone with theirs.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any

from kivy.properties import ObjectProperty

from kiosk.identity import Attribute, ReadPhase, Way
from kiosk.procedures.model import Procedure
from kiosk.procedures.prefill import wanted_attributes
from kiosk.visit.model import CanEntered, Identifying, IdentifyingPhase, WayChosen
from screens.focus import focus
from screens.screen import Screen, load_layout
from screens.text import N_, tr
from screens.widgets.bars import Action
from screens.widgets.beside import Beside, Stack, explain
from screens.widgets.boxes import NoticeBox
from screens.widgets.buttons import Tile
from screens.widgets.digits import DigitBoxes
from screens.widgets.drawings import CardFront, CardOnReader
from screens.widgets.layout import Column
from screens.widgets.problem import ProblemPlace, sentence_for
from screens.widgets.progress import Bar, ProgressLine
from screens.widgets.signs import SignLine
from screens.widgets.text import Body

__all__ = ["Bar", "DigitBoxes", "IdentifyingScreen"]

load_layout(__file__)

BEFORE_THE_FIRST_PAGE = 0.03
ADDRESS = {Attribute.STREET, Attribute.POSTCODE, Attribute.CITY}
IN_WORDS = {
    Attribute.GIVEN_NAMES: N_("Vornamen"),
    Attribute.FAMILY_NAMES: N_("Familienname"),
    Attribute.BIRTH_NAME: N_("Geburtsname"),
    Attribute.DOCTORAL_DEGREE: N_("Doktorgrad"),
    Attribute.DATE_OF_BIRTH: N_("Geburtsdatum"),
    Attribute.PLACE_OF_BIRTH: N_("Geburtsort"),
    Attribute.NATIONALITY: N_("Staatsangehörigkeit"),
}
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
    IdentifyingPhase.READING: N_("Ihr Ausweis wird gelesen"),
}
LEADS = {
    IdentifyingPhase.WAY: N_("Dann müssen Sie weniger eintippen. Es geht auch ohne."),
    IdentifyingPhase.INSERT: N_("Sobald er dort liegt, geht es von selbst weiter."),
    IdentifyingPhase.CAN: N_("Sie stehen unten rechts auf Ihrem Ausweis. Es ist nicht die PIN."),
    IdentifyingPhase.READING: N_("Lassen Sie den Ausweis liegen."),
}


def what_is_read(procedure: Procedure) -> str:
    """The attributes this procedure wants, in words and in the language shown."""
    wanted = wanted_attributes(procedure)
    words = [tr.t(words) for attribute, words in IN_WORDS.items() if attribute in wanted]
    if wanted & ADDRESS:
        words.append(tr.t("Anschrift"))
    return tr.t("Gelesen wird nur: {list}.", list=", ".join(words))


class Part(Column):
    """What one phase puts into the body. `choose(with_card)` goes one of the two ways."""

    def __init__(self, choose: Callable[[bool], None], **kwargs: Any) -> None:
        self.choose = choose
        super().__init__(**kwargs)

    def explanation(self, state: Identifying) -> Any:
        """What is read here, not touched."""
        return Told(state)

    def show(self, state: Identifying) -> None:
        """Draw what changes while the phase lasts."""


class Told(Stack):
    """That staff looked at the photo, that the card may stay, and what is read. In the language of now."""

    def __init__(self, state: Identifying, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._procedure = state.procedure
        if state.confirmation is not None:
            self.add_widget(
                SignLine(source=N_("Lichtbild vom Personal geprüft"), icon="check", tone="success", bold=True)
            )
        if state.phase is IdentifyingPhase.CAN:
            self.add_widget(Body(source=N_("Lassen Sie den Ausweis liegen.")))
        self.read = Body()
        self.add_widget(self.read)
        tr.bind(t=self.tell)
        self.tell()

    def tell(self, *_: object) -> None:
        self.read.text = what_is_read(self._procedure)


class WayPart(Part):
    """Two ways, side by side, and what happens on the one with the card."""

    tiles = ObjectProperty(None)

    def __init__(self, choose: Callable[[bool], None], **kwargs: Any) -> None:
        super().__init__(choose, **kwargs)
        self._tile("card", N_("Mit Ausweis"), N_("Jemand vom Personal muss kurz dabei sein."), with_card=True)
        self._tile("pencil", N_("Ohne Ausweis weiter"), N_("Sie tippen alles selbst ein."), with_card=False)

    def _tile(self, icon: str, name: str, about: str, *, with_card: bool) -> None:
        node_id = "with-card" if with_card else "without-card"
        tile = Tile(icon=icon, name=name, about=about, node_id=node_id)
        tile.bind(on_tap=lambda _tile: self.choose(with_card))
        self.tiles.add_widget(tile)

    def explanation(self, state: Identifying) -> Any:
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
        self.read.text = what_is_read(state.procedure)


class InsertPart(Part):
    """A drawing of what to do."""

    def explanation(self, state: Identifying) -> Any:
        both = Stack(step=32)
        both.add_widget(CardOnReader())
        both.add_widget(Told(state))
        return both


class CanPart(Part):
    """Six boxes, and a drawing that shows where the six digits stand."""

    boxes = ObjectProperty(None)
    wrong = ObjectProperty(None)

    def explanation(self, state: Identifying) -> Any:
        both = Beside(share=0.4)
        both.add_widget(CardFront())
        both.add_widget(Told(state))
        return both

    def complain(self) -> None:
        """Say how many digits are missing, and go there."""
        missing = self.boxes.missing
        self.wrong.text = self.boxes.error = (
            tr.t("Es fehlt noch eine Ziffer.")
            if missing == 1
            else tr.t("Es fehlen noch {number} Ziffern.", number=missing)
        )
        focus.take(self.entrance())

    def entrance(self) -> Any:
        """The boxes themselves: kivy names them by a weak proxy, which focus cannot hold."""
        return self.boxes.__self__


class ReadingPart(Part):
    """How far the reading is, as a bar and in words."""

    bar = ObjectProperty(None)
    phases = ObjectProperty(None)

    def __init__(self, choose: Callable[[bool], None], **kwargs: Any) -> None:
        super().__init__(choose, **kwargs)
        self.lines = [SignLine(source=words, icon="clock", tone="muted") for _, words in PHASES]
        for line in self.lines:
            self.phases.add_widget(line)

    def show(self, state: Identifying) -> None:
        reached = [phase for phase, _ in PHASES].index(state.read_phase or ReadPhase.CONNECTING)
        self.bar.share = (reached + 0.5) / len(PHASES)
        for number, line in enumerate(self.lines):
            done, now = number < reached, number == reached
            line.icon = "check" if done else "right" if now else "clock"
            line.tone = "success" if done else "text" if now else "muted"
            line.bold = now
            line.label = f"{line.text}: {self._state(done=done, now=now)}"

    def _state(self, *, done: bool, now: bool) -> str:
        return tr.t("erledigt") if done else tr.t("läuft gerade") if now else tr.t("kommt noch")


PARTS: dict[IdentifyingPhase, type[Part]] = {
    IdentifyingPhase.WAY: WayPart,
    IdentifyingPhase.INSERT: InsertPart,
    IdentifyingPhase.CAN: CanPart,
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
        self.title, self.lead = tr.t(TITLES[state.phase]), tr.t(LEADS[state.phase])
        self.problem.say(sentence_for(state.problem), self._tries(state))
        self.part.show(state)
        self.back = self.go_back()
        self.forward = self._onward(state.phase)

    def _onward(self, phase: IdentifyingPhase) -> Action | None:
        match phase:
            case IdentifyingPhase.WAY:
                return None
            case IdentifyingPhase.CAN:
                return Action(N_("Ausweis lesen"), self._read, "primary")
            case _:
                return Action(N_("Ohne Ausweis weiter"), lambda: self._choose(False))

    def first_focus(self) -> Any | None:
        return self.part.entrance() if isinstance(self.part, CanPart) else None

    def _tries(self, state: Identifying) -> str:
        if not state.problem or state.tries_left is None:
            return ""
        return tr.t("Versuche, die noch bleiben: {number}", number=state.tries_left)

    def _choose(self, with_card: bool) -> None:
        self.send(WayChosen(Way.ON_SITE if with_card else None))

    def _read(self) -> None:
        if self.part.boxes.missing:
            self.part.complain()
        else:
            self.send(CanEntered(self.part.boxes.take_out()))
