"""The whole error catalogue: every code this program may ever show, listed once.

Rules
  1. A code is stable: it stands in handbooks and tickets, so it is never reused for something else.
  2. Nothing here carries personal data: a code, who it is for, whether trying again may help.
  3. Wrong input by a citizen is a `Problem` (kiosk/procedures/model.py), never an exception.

`citizen` is the German sentence the citizen reads; catalogues under assets/locale translate it.
The README repeats this table; a test keeps both equal.
"""

from __future__ import annotations

from kiosk.card_error_entries import CARD_ENTRIES
from kiosk.error_entries import ENTRIES, Audience, ErrorEntry

__all__ = ["CATALOGUE", "Audience", "ErrorEntry"]

CATALOGUE: dict[str, ErrorEntry] = {item.code: item for item in (*ENTRIES, *CARD_ENTRIES)}


class KioskError(Exception):
    """Root of every error of this program: a code of the catalogue and a message without personal data."""

    def __init__(self, code: str, detail: str = "") -> None:
        self.entry = CATALOGUE[code]
        self.detail = detail
        super().__init__(f"{code}: {detail or self.entry.meaning}")

    @property
    def code(self) -> str:
        return self.entry.code

    @property
    def retryable(self) -> bool:
        return self.entry.retryable


class ConfigError(KioskError):
    """The configuration is refused; `detail` names file, line and key."""


class ProcedureError(KioskError):
    """A procedure is refused; `detail` names file, line and key path."""


class TextError(KioskError):
    """A catalogue of texts is refused; `detail` names file and line."""


class CardError(KioskError):
    """Reading an identity card failed."""

    def __init__(self, code: str, detail: str = "", tries_left: int | None = None) -> None:
        super().__init__(code, detail)
        self.tries_left = tries_left


class EacError(KioskError):
    """A certificate, key or list for reading cards cannot be used; `detail` names file or holder."""


class StaffError(KioskError):
    """A member of staff could not be confirmed."""


class PrinterError(KioskError):
    """A receipt was not printed, or nobody knows whether it was."""


class DocumentError(KioskError):
    """A receipt or form could not be rendered."""


class OutboxError(KioskError):
    """The outbox could not keep or give back a submission."""


class DeliveryError(KioskError):
    """A submission could not be delivered now."""

    def __init__(self, code: str, detail: str = "", retry_after_s: float | None = None) -> None:
        super().__init__(code, detail)
        self.retry_after_s = retry_after_s


class StatusError(KioskError):
    """The status of an application could not be looked up."""


class CentralError(KioskError):
    """The town hall's side cannot do what was asked."""


class VisitError(KioskError):
    """The visit was driven in a way nobody may drive it."""


class ScreenError(KioskError):
    """The terminal has no usable display."""
