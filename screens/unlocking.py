"""What the citizen copies from a card so that it can be read: six digits, or what a passport has printed.

Rules
  1. What is typed lives in its fields and leaves in one event; the fields are emptied as they hand it over.
  2. A field that is not filled in rightly is said at once, before the card is asked.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from kivy.properties import ObjectProperty, StringProperty

from kiosk.identity import MrzKey, Way
from kiosk.procedures import fields
from kiosk.procedures.model import Field, Problem
from kiosk.procedures.problems import problem_text
from kiosk.visit.model import CanEntered, Identifying, MrzEntered
from screens.focus import focus
from screens.phase import Part, Told
from screens.questions import Question
from screens.screen import load_layout
from screens.text import N_, tr
from screens.widgets.beside import Beside, Stack
from screens.widgets.digits import DigitBoxes
from screens.widgets.drawings import CardFront, PassportPage

__all__ = ["CanPart", "DigitBoxes", "MrzPart"]

load_layout(__file__)

# ICAO 9303-4: nine characters stand in the machine-readable zone of a passport.
PRINTED: tuple[Field, ...] = (
    fields.Text(id="document_number", label=N_("Passnummer"), minimum=5, maximum=9),
    fields.Date(
        id="date_of_birth",
        label=N_("Geburtsdatum"),
        hint=N_("Lassen Sie frei, was dort nicht steht."),
        precision="year",
    ),
    fields.Date(id="date_of_expiry", label=N_("Gültig bis")),
)


class CanPart(Part):
    """Six boxes, and a drawing that shows where the six digits stand on a German card."""

    boxes = ObjectProperty(None)
    wrong = ObjectProperty(None)
    name = StringProperty(N_("Sechs Ziffern von der Vorderseite"))

    def explanation(self, state: Identifying) -> Any:
        if state.way is Way.TRAVEL_DOCUMENT:
            self.name = N_("Sechs Ziffern (CAN)")
            return Told(state)
        both = Beside(share=0.4)
        both.add_widget(CardFront())
        both.add_widget(Told(state))
        return both

    def entrance(self) -> Any:
        """The boxes themselves: kivy names them by a weak proxy, which focus cannot hold."""
        return self.boxes.__self__

    def hand_over(self, send: Callable[[Any], None]) -> None:
        """Send the digits, or say how many are missing and go there."""
        self.wrong.text = self.boxes.error = self.boxes.missing_in_words()
        if self.boxes.error:
            focus.take(self.entrance())
        else:
            send(CanEntered(self.boxes.take_out()))


class MrzPart(Part):
    """Number and two dates of a passport, and a drawing that shows where they stand."""

    questions = ObjectProperty(None)

    def __init__(self, choose: Callable[[Way | None], None], **kwargs: Any) -> None:
        super().__init__(choose, **kwargs)
        self.rows = [Question(field, field.id) for field in PRINTED]
        for row in self.rows:
            self.questions.add_widget(row)

    def explanation(self, state: Identifying) -> Any:
        both = Stack(step=24)
        both.add_widget(PassportPage())
        both.add_widget(Told(state))
        return both

    def entrance(self) -> Any:
        return self.rows[0].entrance()

    def hand_over(self, send: Callable[[Any], None]) -> None:
        """Send what is printed, or say what is wrong and go to the first of it."""
        given = [row.field.parse(row.text) for row in self.rows]
        wrong = [isinstance(value, Problem) for value in given]
        for row, value in zip(self.rows, given, strict=True):
            row.complain(problem_text(value, tr.language) if isinstance(value, Problem) else "")
        if any(wrong):
            self.rows[wrong.index(True)].go()
            return
        number, born, expires = (str(value) for value in given)
        for row in self.rows:
            row.control.put("")
        send(MrzEntered(MrzKey(number.upper(), born, date.fromisoformat(expires))))
