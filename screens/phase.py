"""What every phase of the way of the card has in common: its part of the body, and what it says will be read."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kiosk.identity import Attribute, Way
from kiosk.procedures.model import Procedure
from kiosk.procedures.prefill import wanted_attributes
from kiosk.visit.model import Identifying, IdentifyingPhase
from screens.screen import load_layout
from screens.text import N_, tr
from screens.widgets.beside import Stack
from screens.widgets.layout import Column
from screens.widgets.signs import SignLine
from screens.widgets.text import Body

load_layout(__file__)

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


def what_is_read(procedure: Procedure) -> str:
    """The attributes this procedure wants, in words and in the language shown."""
    wanted = wanted_attributes(procedure)
    words = [tr.t(words) for attribute, words in IN_WORDS.items() if attribute in wanted]
    if wanted & ADDRESS:
        words.append(tr.t("Anschrift"))
    return tr.t("Gelesen wird nur: {list}.", list=", ".join(words))


class Part(Column):
    """What one phase puts into the body. `choose(way)` goes another way, None without a card."""

    def __init__(self, choose: Callable[[Way | None], None], **kwargs: Any) -> None:
        self.choose = choose
        super().__init__(**kwargs)

    def explanation(self, state: Identifying) -> Any:
        """What is read here, not touched."""
        return Told(state)

    def show(self, state: Identifying) -> None:
        """Draw what changes while the phase lasts."""

    def entrance(self) -> Any | None:
        """Where one types first, or None."""
        return None

    def hand_over(self, send: Callable[[Any], None]) -> None:
        """Send what was typed, or say what is wrong with it."""


class Told(Stack):
    """That staff looked at the photo, that the card may stay, and what is read. In the language of now."""

    def __init__(self, state: Identifying, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._procedure = state.procedure
        if state.confirmation is not None:
            self.add_widget(
                SignLine(source=N_("Lichtbild vom Personal geprüft"), icon="check", tone="success", bold=True)
            )
        if state.phase in (IdentifyingPhase.CAN, IdentifyingPhase.MRZ):
            self.add_widget(Body(source=N_("Lassen Sie den Ausweis liegen.")))
        self.read = Body()
        self.add_widget(self.read)
        tr.bind(t=self.tell)
        self.tell()

    def tell(self, *_: object) -> None:
        self.read.text = what_is_read(self._procedure)
