"""Identification with card and PIN over the eID server: who asks for what, the PIN, and waiting in between.

Rules
  1. Before the PIN it shows who will get which data, as the provider's certificate says.
  2. Digits live in their boxes and leave in one event; every question is a screen of its own.
  3. How many tries are left is said before one types, not after.
"""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

from kivy.properties import ObjectProperty

from kiosk.online import EnterCan, EnterPin, EnterPuk, InsertCard, OnlineAnswer, RemoveCard, ShowCertificate
from kiosk.visit.model import IdentifyingOnline, OnlineAnswered, WayChosen
from screens.focus import focus
from screens.screen import Screen, load_layout
from screens.text import N_, tr
from screens.waiting import WaitingBar
from screens.widgets.bars import Action
from screens.widgets.beside import explain
from screens.widgets.boxes import NoticeBox
from screens.widgets.buttons import PushButton
from screens.widgets.card import CardPicture
from screens.widgets.digits import DigitBoxes
from screens.widgets.drawings import CardFront, CardOnReader
from screens.widgets.layout import Column
from screens.widgets.problem import ProblemPlace, sentence_for
from screens.widgets.progress import ProgressLine
from screens.widgets.text import Body

__all__ = ["DigitBoxes", "IdentifyingOnlineScreen", "PushButton"]

load_layout(__file__)

BEFORE_THE_FIRST_PAGE = 0.03
# AusweisApp's names of access rights (its SDK, ACCESS_RIGHTS) in the words of the other screens.
RIGHTS = {
    "GivenNames": N_("Vornamen"),
    "FamilyName": N_("Familienname"),
    "BirthName": N_("Geburtsname"),
    "DoctoralDegree": N_("Doktorgrad"),
    "DateOfBirth": N_("Geburtsdatum"),
    "PlaceOfBirth": N_("Geburtsort"),
    "Nationality": N_("Staatsangehörigkeit"),
    "Address": N_("Anschrift"),
}
Digits = EnterPin | EnterCan | EnterPuk
AT_THE_CARD = N_("Ihr Ausweis wird gelesen"), N_("Lassen Sie den Ausweis liegen.")
PAGES: dict[type, tuple[str, str]] = {
    type(None): (
        N_("Die Online-Ausweisfunktion wird vorbereitet"),
        N_("Bitte warten Sie einen Augenblick."),
    ),
    ShowCertificate: (
        N_("Sind Sie einverstanden, dass diese Angaben gelesen werden?"),
        N_("Danach legen Sie den Ausweis auf den Leser und tippen Ihre PIN ein."),
    ),
    InsertCard: (N_("Legen Sie Ihren Ausweis auf den Leser"), N_("Sobald er dort liegt, geht es von selbst weiter.")),
    EnterPin: (
        N_("Geben Sie Ihre PIN ein"),
        N_("Es ist die sechsstellige PIN, die Sie selbst gewählt haben. Decken Sie die Eingabe mit der Hand ab."),
    ),
    EnterCan: (
        N_("Geben Sie die sechs Ziffern von der Vorderseite ein"),
        N_("Nach zwei falschen PINs will der Ausweis erst diese Ziffern. Sie stehen unten rechts."),
    ),
    EnterPuk: (N_("Geben Sie die PUK ein"), N_("Die zehn Ziffern stehen im PIN-Brief zu Ihrem Ausweis.")),
    RemoveCard: (N_("Nehmen Sie Ihren Ausweis vom Leser"), N_("Das Ausweisen ist fertig.")),
}
LABELS = {
    EnterPin: N_("PIN, sechs Ziffern"),
    EnterCan: N_("Sechs Ziffern von der Vorderseite"),
    EnterPuk: N_("PUK, zehn Ziffern"),
}


def rights_in_words(rights: tuple[str, ...]) -> str:
    """What the certificate lets the provider read, in the language shown."""
    words = ", ".join(tr.t(RIGHTS.get(right, right)) for right in rights)
    return words or tr.t("Nichts: Sie weisen sich nur aus. Alles andere tippen Sie selbst ein.")


def _words(state: IdentifyingOnline) -> tuple[str, str]:
    """Title and lead of the page."""
    if state.question is None and isinstance(state.answered, Digits):
        return AT_THE_CARD
    return PAGES[type(state.question)]


class DigitsPart(Column):
    """Boxes for the digits of one question. PIN and PUK show dots."""

    boxes = ObjectProperty(None)
    wrong = ObjectProperty(None)
    name = ObjectProperty(None)

    def __init__(self, question: Digits, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.name.source = LABELS[type(question)]
        self.boxes.masked = not isinstance(question, EnterCan)
        self.boxes.count = 10 if isinstance(question, EnterPuk) else 6
        self.question = question
        tr.bind(t=self._name)
        self._name()

    def _name(self, *_: object) -> None:
        self.boxes.label = tr.t(LABELS[type(self.question)])

    def entrance(self) -> Any:
        return self.boxes.__self__

    def complain(self) -> None:
        self.wrong.text = self.boxes.error = self.boxes.missing_in_words()
        focus.take(self.entrance())


class IdentifyingOnlineScreen(Screen):
    """One question of the online way, or the moment in between."""

    help_texts = (
        N_("Mit der Online-Ausweisfunktion weisen Sie sich selbst aus, ohne dass jemand vom Personal dabei ist."),
        N_("Wissen Sie Ihre PIN nicht, machen Sie ohne Ausweis weiter."),
    )

    def __init__(self, send: Any, **kwargs: Any) -> None:
        super().__init__(send, **kwargs)
        self.part: Any = None
        self.rights: Any = None
        self.progress = ProgressLine()
        self.problem = ProblemPlace()
        self.head.add_widget(self.progress, len(self.head.children))
        self.body.add_widget(self.problem)

    @classmethod
    def key(cls, state: Any) -> Hashable:
        return cls.__name__, type(state.question)

    def update(self, state: IdentifyingOnline) -> None:
        if self.part is None:
            self.part = self._part(state)
            self.body.add_widget(self.part)
        self.progress.what, self.progress.place = tr.t(state.procedure.title), tr.t("Ausweis")
        self.progress.share = BEFORE_THE_FIRST_PAGE
        self.title, self.lead = (tr.t(words) for words in _words(state))
        self.problem.say(sentence_for(state.wrong), self._tries(state))
        if isinstance(state.question, ShowCertificate):
            self.rights.text = rights_in_words(state.question.rights)
        self.back = self.go_back()
        self.forward = self._onward(state)

    def first_focus(self) -> Any | None:
        return self.part.entrance() if isinstance(self.part, DigitsPart) else None

    def _part(self, state: IdentifyingOnline) -> Any:
        match state.question:
            case ShowCertificate() as certificate:
                return self._certificate(certificate)
            case EnterPin(on_reader=True) | EnterCan(on_reader=True) | EnterPuk(on_reader=True):
                return Body(source=N_("Bitte tippen Sie auf den Tasten des Lesers."))
            case EnterPin() | EnterCan() | EnterPuk() as question:
                if isinstance(question, EnterCan):
                    explain(self, CardFront())
                return DigitsPart(question)
            case InsertCard():
                return CardOnReader()
            case RemoveCard():
                return CardPicture()
            case _:
                return WaitingBar()

    def _certificate(self, certificate: ShowCertificate) -> NoticeBox:
        box = NoticeBox(title=N_("Das wird gelesen"), tone="plain")
        self.rights = box.tell(rights_in_words(certificate.rights))
        box.say(N_("Empfänger: {subject}"), subject=certificate.subject)
        box.say(N_("Zweck: {purpose}"), purpose=certificate.purpose)
        box.say(N_("Berechtigung ausgestellt von: {issuer}"), issuer=certificate.issuer)
        return box

    def _tries(self, state: IdentifyingOnline) -> str:
        question = state.question
        if not isinstance(question, EnterPin) or question.tries_left is None:
            return ""
        return tr.t("Versuche, die noch bleiben: {number}", number=question.tries_left) if state.wrong else ""

    def _onward(self, state: IdentifyingOnline) -> Action | None:
        match state.question:
            case ShowCertificate():
                return Action(N_("Einverstanden"), lambda: self._answer(OnlineAnswer()), "primary")
            case EnterPin(on_reader=False) | EnterCan(on_reader=False) | EnterPuk(on_reader=False):
                return Action(N_("Weiter"), self._hand_over, "primary")
            case _:
                return Action(N_("Ohne Ausweis weiter"), lambda: self.send(WayChosen(None)))

    def _hand_over(self) -> None:
        if self.part.boxes.missing:
            self.part.complain()
        else:
            self._answer(OnlineAnswer(self.part.boxes.take_out()))

    def _answer(self, answer: OnlineAnswer) -> None:
        focus.take(None)
        self.send(OnlineAnswered(answer))
