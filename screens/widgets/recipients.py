"""Who gets what, and what it costs: the boxes of the review page and of the binding tap.

Texts are in the language of now; a screen makes the boxes anew when it changes.
"""

from __future__ import annotations

from typing import Any

from kiosk.application import Application
from kiosk.procedures.model import Destination
from kiosk.procedures.summary import fee_cents, summary
from screens.text import tr
from screens.theme import theme
from screens.widgets.beside import Stack
from screens.widgets.boxes import NoticeBox
from screens.widgets.text import Body, Strong


def labels_for(application: Application, destination: Destination) -> list[str]:
    """What this department gets, by label, each once."""
    found: dict[str, None] = {}
    for section in summary(application.procedure, application.answers, application.today, tr.language, destination):
        found.update(dict.fromkeys(row.label for row in section.rows))
    return list(found)


def recipients_box(application: Application) -> Any:
    """One paragraph per department: its name, what for, and which of the answers it gets."""
    destinations = application.procedure.destinations
    several = len(destinations) > 1
    box = NoticeBox(tone="plain")
    box.title.source = ""
    box.title.text = (
        tr.t("Das geht an {number} Stellen. Jede bekommt nur, was sie braucht.", number=len(destinations))
        if several
        else tr.t("Das geht an eine Stelle.")
    )
    for destination in destinations:
        entry = Stack(step=2)
        entry.inset = [0, theme.space(8), 0, 0]
        name = tr.t(
            "{department}: {purpose}", department=tr.t(destination.department), purpose=tr.t(destination.purpose)
        )
        entry.add_widget(Strong(text=name))
        entry.add_widget(Body(text=" · ".join(labels_for(application, destination))))
        box.add_widget(entry)
    return box


def fee_box(application: Application) -> Any | None:
    """The amount, with its source and the day it was read; None where nothing is known to be paid."""
    cents, fee = fee_cents(application.procedure, application.answers), application.procedure.fee
    if cents is None or fee is None:
        return None
    box = NoticeBox(tone="plain")
    box.title.source = ""
    box.title.text = tr.t("Gebühr: {amount}", amount=tr.language.euros(cents))
    box.tell(tr.t("Stand: {as_of}. Quelle: {source}", as_of=tr.language.date(fee.as_of), source=tr.t(fee.source)))
    return box
