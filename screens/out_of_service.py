"""The terminal cannot keep a promise now, so it makes none. Staff read the reason, citizens what to do."""

from __future__ import annotations

from kivy.properties import ObjectProperty

from kiosk.application import OutOfServiceReason
from kiosk.visit.model import OutOfService
from screens.screen import Screen, load_layout
from screens.text import N_, tr
from screens.widgets.boxes import NoticeBox

__all__ = ["NoticeBox", "OutOfServiceScreen"]

REASONS = {
    OutOfServiceReason.OUTBOX_FULL: N_("Der Speicher ist voll."),
    OutOfServiceReason.OUTBOX_DAMAGED: N_("Der Speicher ist beschädigt."),
    OutOfServiceReason.NO_DESTINATION_KEYS: N_("Die Schlüssel der Ämter fehlen."),
    OutOfServiceReason.FAULT: N_("Es ist ein Fehler aufgetreten."),
}

load_layout(__file__)


class OutOfServiceScreen(Screen):
    """One sentence, and the reason for whoever repairs it."""

    code = ObjectProperty(None)
    can_end = False
    help_texts = (N_("Dieses Terminal nimmt gerade keine Anträge an. Das Personal weiß, was zu tun ist."),)

    def update(self, state: OutOfService) -> None:
        self.code.text = tr.t("Für das Personal: {reason}", reason=tr.t(REASONS[state.reason]))
