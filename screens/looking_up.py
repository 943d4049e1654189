""" "Where is my application?": type the code or show it to the scanner, and read how far each department is.

Rules
  1. The code lives in its field and leaves in one event; once it was answered the field is empty.
  2. The answer names nobody; it may still be spoken over a headset only.
"""

from __future__ import annotations

from typing import Any

from kivy.properties import ObjectProperty

from kiosk.application import CaseState, StatusEntry
from kiosk.visit.model import CodeEntered, Ended, LookingUp
from screens.focus import focus
from screens.screen import Screen, load_layout
from screens.text import N_, tr
from screens.widgets.bars import Action
from screens.widgets.beside import Stack
from screens.widgets.buttons import PushButton
from screens.widgets.code import CodeField
from screens.widgets.layout import Column, Panel
from screens.widgets.problem import ProblemPlace, sentence_for
from screens.widgets.signs import SignLine
from screens.widgets.steps import StepPicture
from screens.widgets.text import Body, Lead, Strong

__all__ = ["CodeField", "Lead", "LookingUpScreen"]

load_layout(__file__)

# A fifth step follows, the decision: it reaches the citizen by letter or card, not here.
STEPS_IN_ALL = 5
STEPS = (CaseState.RECORDED, CaseState.TRANSMITTED, CaseState.ARRIVED, CaseState.ACCEPTED)
IN_WORDS = {
    CaseState.RECORDED: N_("Erfasst, noch nicht übertragen"),
    CaseState.TRANSMITTED: N_("Übermittelt"),
    CaseState.ARRIVED: N_("Angekommen"),
    CaseState.ACCEPTED: N_("Wird bearbeitet"),
    CaseState.REJECTED: N_("Abgelehnt"),
}
UNKNOWN = N_(
    "Unter diesem Code liegt hier noch nichts vor. Bitte vergleichen Sie ihn mit Ihrem Beleg. "
    "Haben Sie den Antrag gerade erst gestellt, ist er vielleicht noch unterwegs."
)


class CodeEntry(Column):
    """Label, hint, what is wrong, field."""

    field = ObjectProperty(None)
    wrong = ObjectProperty(None)

    def complain(self, sentence: str) -> None:
        self.wrong.text = self.field.error = sentence


class EntryBox(Panel):
    """One department's answer. Texts are in the language of now."""

    def __init__(self, entry: StatusEntry, number: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        rejected = entry.state is CaseState.REJECTED
        state = tr.t(IN_WORDS[entry.state])
        reached = STEPS_IN_ALL if rejected else STEPS.index(entry.state) + 1
        self.add_widget(Strong(text=tr.t(entry.department), private=True, node_id=f"entry-{number}"))
        icon, tone = ("info", "warning") if rejected else ("check", "success")
        self.add_widget(SignLine(text=state, icon=icon, tone=tone, bold=True, private=True, node_id=f"state-{number}"))
        self.add_widget(StepPicture(reached, STEPS_IN_ALL, tone))
        if not rejected:
            place = tr.t("Schritt {reached} von {count}", reached=reached, count=STEPS_IN_ALL)
            self.add_widget(Lead(text=place))
        self.add_widget(Body(text=_since(entry), private=True))
        if entry.reference:
            number_line = tr.t("Vorgangsnummer: {reference}", reference=entry.reference)
            self.add_widget(Body(text=number_line, private=True))
        if entry.phone:
            fragen = tr.t("Fragen? Telefon {phone}", phone=entry.phone)
            self.add_widget(SignLine(text=fragen, icon="phone"))


class LookingUpScreen(Screen):
    """First the code, then the answer; from there another code."""

    help_texts = (
        N_("Der Antragscode steht auf Ihrem Beleg. Groß und klein geschrieben ist egal."),
        N_("Sie können auch den QR-Code auf dem Beleg vor den Scanner halten, wenn dieses Terminal einen hat."),
    )

    def __init__(self, send: Any, **kwargs: Any) -> None:
        super().__init__(send, **kwargs)
        self.problem, self.entry, self.answer = ProblemPlace(), CodeEntry(), Stack(step=24)
        self.waiting_line = SignLine(icon="clock", bold=True)
        self.another = PushButton(source=N_("Anderen Code eingeben"), node_id="another-code")
        self.another.bind(on_tap=lambda _button: self._ask_again())
        self.body.add_widget(self.problem)
        self.state: LookingUp | None = None
        self._asking = False

    def update(self, state: LookingUp) -> None:
        if self.state is None or state.entries != self.state.entries or state.waiting:
            self._asking = False
        self.state = state
        self.problem.say(sentence_for(state.problem))
        answered = bool(state.entries) and not self._asking
        self._stand(answered=answered, waiting=state.waiting)
        self.back = self.go_back()
        if state.waiting:
            self.forward = None
        elif answered:
            self.forward = self.go_on(N_("Fertig"), Ended)
        else:
            self.forward = Action(N_("Stand anzeigen"), self._look_up, "primary")

    def first_focus(self) -> Any | None:
        return self.entry.field.__self__ if self.entry.parent is not None else None

    def _stand(self, *, answered: bool, waiting: bool) -> None:
        """Put into the body what belongs there now."""
        wanted: list[Any] = (
            [self.waiting_line] if waiting else [self.answer, self.another] if answered else [self.entry]
        )
        field, asked_before = self.entry.field.__self__, self.entry.parent is not None
        for part in (self.waiting_line, self.answer, self.another, self.entry):
            if part.parent is not None and part not in wanted:
                self.body.remove_widget(part)
        for part in wanted:
            if part.parent is None:
                self.body.add_widget(part)
        if focus.current is field and self.entry not in wanted:
            focus.take(None)  # and the keys go away
        elif self.waiting_line.text and not waiting and not asked_before and self.entry in wanted:
            focus.take(field)
        self.waiting_line.text = tr.t("Wir fragen nach. Einen Augenblick, bitte.") if waiting else ""
        self.lead = "" if waiting or answered else self._how()
        if answered:
            self._tell()
        elif not waiting:
            self.entry.complain(tr.t(UNKNOWN) if self.state.entries == () and not self._asking else "")

    def _how(self) -> str:
        return tr.t(
            "Tippen Sie den Code von Ihrem Beleg ein. Hat das Terminal einen Scanner, halten Sie den Beleg davor."
        )

    def _tell(self) -> None:
        self.answer.clear_widgets()
        for number, entry in enumerate(self.state.entries or (), 1):
            self.answer.add_widget(EntryBox(entry, number))

    def _look_up(self) -> None:
        field = self.entry.field.__self__
        if field.text:
            code = field.text
            field.put("")
            focus.take(None)
            self.send(CodeEntered(code))
        else:
            self.entry.complain(tr.t("Bitte geben Sie den Code von Ihrem Beleg ein."))
            focus.take(field)

    def _ask_again(self) -> None:
        self._asking = True
        self.update(self.state)
        focus.take(self.entry.field.__self__)


def _since(entry: StatusEntry) -> str:
    """Before the department has it only the day is known: the outbox keeps no times."""
    if entry.state in (CaseState.RECORDED, CaseState.TRANSMITTED):
        return tr.t("Seit {day}", day=tr.language.day(entry.since))
    return tr.t("Seit {moment} Uhr", moment=tr.language.moment(entry.since))
