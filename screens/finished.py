"""The last screen: the code, big enough to copy by hand; what happens next; what to take along.

Rules
  1. The code stays readable whatever the printer did.
  2. Nothing can be deleted any more, so the way out is "Fertig".
"""

from __future__ import annotations

from typing import Any

from kivy.properties import NumericProperty, ObjectProperty

from kiosk.application import PrintOutcome, status_link
from kiosk.procedures.model import Destination
from kiosk.visit.model import AnotherWanted, Ended, Finished, ReprintWanted
from screens.screen import Screen, load_layout
from screens.text import N_, tr
from screens.theme import theme
from screens.widgets.bars import Action
from screens.widgets.beside import Beside, Stack
from screens.widgets.buttons import PushButton
from screens.widgets.code import CodeLine
from screens.widgets.layout import Column, Grid, Panel
from screens.widgets.problem import ProblemPlace, sentence_for
from screens.widgets.qr import QrImage
from screens.widgets.signs import SignLine
from screens.widgets.text import Body, Heading, Strong

__all__ = ["CodeLine", "FinishedScreen", "Heading", "SignLine"]

load_layout(__file__)

QR_MM = 92.0
QR_FLAT_MM = 78.0
ON_PAPER = (PrintOutcome.PRINTED, PrintOutcome.PRINTED_PAPER_LOW)


class DoneBox(Panel):
    """When it was recorded, that it is done, and the code."""

    moment = ObjectProperty(None)
    code_line = ObjectProperty(None)


class Square(Column):
    """The QR code with its edge."""

    def __init__(self, data: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.picture = QrImage(data=data, node_id="qr", size_hint=(None, None))
        self.add_widget(self.picture)
        theme.bind(revision=self._size)
        self._size()

    def _size(self, *_: object) -> None:
        side = theme.mm(QR_FLAT_MM if theme.flat else QR_MM)
        self.picture.size = (side, side)


class NextStep(Column):
    """What one department does now, and under which number."""

    def __init__(self, destination: Destination, reference: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.add_widget(Strong(text=tr.t(destination.department)))
        if destination.next_steps:
            self.add_widget(Body(text=tr.t(destination.next_steps)))
        number = tr.t("Vorgangsnummer: {reference}", reference=reference)
        self.add_widget(Body(text=number, private=True, node_id=f"reference-{destination.id}"))


class FinishedScreen(Screen):
    """Code, QR, next steps, card and receipt."""

    can_end = False
    help_texts = (
        N_("Mit dem Code sehen Sie an jedem Terminal, wie weit Ihr Antrag ist. Bewahren Sie ihn gut auf."),
        N_("Wer den Code kennt, kann den Stand sehen."),
    )

    def __init__(self, send: Any, **kwargs: Any) -> None:
        super().__init__(send, **kwargs)
        self.done, self.problem = DoneBox(), ProblemPlace()
        self.head.remove_widget(self.heading)
        self.head.remove_widget(self.lead_text)
        self.head.add_widget(self.done)
        self.reprint = PushButton(source=N_("Beleg noch einmal drucken"), icon="printer", node_id="reprint")
        self.reprint.icon_size = theme.mm(9)
        self.reprint.bind(on_tap=lambda _button: self.send(ReprintWanted()))
        self.take_along, self.told = TakeAlong(), Column()
        for part in (self.problem, self.take_along, self.told):
            self.body.add_widget(part)
        self._square: Square | None = None

    def update(self, state: Finished) -> None:
        receipt = state.receipt
        self.done.moment.text = tr.t("Erfasst am {moment} Uhr", moment=tr.language.moment(receipt.saved_at))
        self.done.code_line.code, self.done.code_line.label = receipt.code, tr.t("Ihr Code")
        self.problem.say(sentence_for(state.problem))
        self.take_along.show(card=state.session.card_present, receipt=state.outcome in ON_PAPER)
        self._offer_reprint(wanted=state.outcome not in ON_PAPER)
        self._tell(state)
        self.back = Action(N_("Noch etwas erledigen"), lambda: self.send(AnotherWanted()))
        self.forward = self.go_on(N_("Fertig"), Ended)

    def _offer_reprint(self, *, wanted: bool) -> None:
        if wanted and self.reprint.parent is None:
            self.body.add_widget(self.reprint, self.body.children.index(self.problem))
        elif not wanted and self.reprint.parent is not None:
            self.body.remove_widget(self.reprint)

    def _tell(self, state: Finished) -> None:
        """How to see the state, and what each department does now."""
        receipt, page = state.receipt, state.session.offer.status_page_url
        self.told.clear_widgets()
        self.told.spacing = theme.space(32)
        if self._square is None:
            self._square = Square(status_link(page, receipt.code))
        self._square.picture.label = tr.t("QR-Code mit der Adresse der Statusseite und Ihrem Code")
        both = Beside(share=0.36)
        if self._square.parent is not None:
            self._square.parent.remove_widget(self._square)
        both.add_widget(self._square)
        both.add_widget(how_to_see(by_phone=bool(page)))
        self.told.add_widget(both)
        self.aside.clear_widgets()
        self.aside.add_widget(what_happens_next(state))


def how_to_see(*, by_phone: bool) -> Stack:
    """The two ways to an application's state, or the one where there is no page for telephones."""
    words = Stack(step=8)
    words.add_widget(Strong(text=tr.t("So sehen Sie den Stand Ihres Antrags")))
    words.add_widget(
        Body(text=tr.t("Wählen Sie an einem Terminal „Stand meines Antrags“, und geben Sie den Code ein."))
    )
    if by_phone:
        words.add_widget(Body(text=tr.t("Oder lesen Sie den QR-Code mit dem Telefon.")))
    return words


def what_happens_next(state: Finished) -> Stack:
    """One paragraph per department, and the fee if there is one."""
    receipt = state.receipt
    words = Stack(step=16)
    words.add_widget(Strong(text=tr.t("Was jetzt passiert"), role="heading"))
    references = list(receipt.references)
    for destination in receipt.procedure.destinations:
        found = next((pair for pair in references if pair[0] == destination.department), None)
        if found is not None:
            references.remove(found)
            words.add_widget(NextStep(destination, found[1]))
    if receipt.fee_cents is not None:
        words.add_widget(Body(text=tr.t("Gebühr: {amount}", amount=tr.language.euros(receipt.fee_cents))))
    return words


class TakeAlong(Stack):
    """What lies there and belongs to the citizen."""

    def show(self, *, card: bool, receipt: bool) -> None:
        self.clear_widgets()
        things = []
        if card:
            things.append(Thing("card", tr.t("Ihr Ausweis"), tr.t("liegt noch auf dem Leser")))
        if receipt:
            things.append(Thing("receipt", tr.t("Ihr Beleg"), tr.t("ist gedruckt")))
        if not things:
            return
        self.add_widget(Strong(text=tr.t("Bitte mitnehmen"), role="heading"))
        row = Grid(columns=len(things), spacing=theme.gap)
        for thing in things:
            row.add_widget(thing)
        self.add_widget(row)


class Thing(Panel):
    """One thing to take along, as high as its neighbour."""

    needed = NumericProperty(0)

    def __init__(self, icon: str, name: str, where: str, **kwargs: Any) -> None:
        super().__init__(size_hint_y=1, **kwargs)
        self.icon, self.icon_size, self.icon_color = icon, theme.mm(16), theme.action
        side, above = theme.space(24), theme.space(16)
        self.inset = [side + self.icon_size + theme.space(24), above, side, above]
        self.edge = theme.line
        self.add_widget(Strong(text=name))
        self.add_widget(Body(text=where))

    def do_layout(self, *_: object) -> None:
        super().do_layout()
        self.needed = self.minimum_height
