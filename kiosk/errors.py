"""The whole error catalogue: every code this program may ever show, listed once.

Rules
  1. A code is stable: it stands in handbooks and tickets, so it is never reused for something else.
  2. Nothing here carries personal data: a code, who it is for, whether trying again may help.
  3. Wrong input by a citizen is a `Problem` (kiosk/procedures/model.py), never an exception.

`citizen` is the German sentence the citizen reads; catalogues under assets/locale translate it.
The README repeats this table; a test keeps both equal.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Audience(StrEnum):
    """Who can do something about an error."""

    CITIZEN = "citizen"
    TECHNICIAN = "technician"
    CASEWORKER = "caseworker"


@dataclass(frozen=True, slots=True)
class ErrorEntry:
    """One line of the catalogue. `meaning` and `remedy` are English, for the technician."""

    code: str
    audience: Audience
    retryable: bool
    meaning: str
    remedy: str
    citizen: str = ""


def _entry(
    code: str, audience: Audience, meaning: str, remedy: str, *, retryable: bool = False, citizen: str = ""
) -> tuple[str, ErrorEntry]:
    return code, ErrorEntry(code, audience, retryable, meaning, remedy, citizen)


_C, _T, _W = Audience.CITIZEN, Audience.TECHNICIAN, Audience.CASEWORKER

CATALOGUE: dict[str, ErrorEntry] = dict(
    [
        _entry("CONFIG-01", _T, "configuration file missing or not valid TOML", "fix the file at the line named"),
        _entry("CONFIG-02", _T, "unknown or missing key in the configuration", "fix the key path named"),
        _entry("PROC-01", _T, "a procedure file is malformed", "fix file, line and key named; run `kiosk check`"),
        _entry("PROC-02", _T, "a procedure cannot be completed or lacks a text", "run `kiosk check`"),
        _entry("TEXT-01", _T, "a catalogue of texts is malformed", "fix file and line named; run `kiosk check`"),
        _entry(
            "CARD-01",
            _C,
            "no reader, or it does not answer",
            "check cable and `kiosk doctor`",
            retryable=True,
            citizen="Der Ausweisleser antwortet nicht. Sie können ohne Ausweis weitermachen.",
        ),
        _entry(
            "CARD-02",
            _C,
            "card removed while it was read",
            "none",
            retryable=True,
            citizen="Der Ausweis wurde zu früh weggenommen. Bitte legen Sie ihn noch einmal auf den Leser.",
        ),
        _entry(
            "CARD-03",
            _C,
            "wrong CAN",
            "none",
            retryable=True,
            citizen="Diese sechs Ziffern passen nicht zum Ausweis. Bitte vergleichen Sie sie mit der Vorderseite.",
        ),
        _entry(
            "CARD-04",
            _C,
            "card unreadable",
            "try another card; check the reader",
            retryable=True,
            citizen="Der Ausweis lässt sich nicht lesen. Sie können ohne Ausweis weitermachen.",
        ),
        _entry(
            "CARD-05",
            _C,
            "card has expired",
            "none",
            citizen="Der Ausweis ist abgelaufen. Sie können ohne Ausweis weitermachen.",
        ),
        _entry(
            "CARD-06",
            _C,
            "reading took longer than its deadline",
            "check the reader",
            retryable=True,
            citizen="Das Lesen hat zu lange gedauert. Bitte versuchen Sie es noch einmal.",
        ),
        _entry(
            "STAFF-01",
            _C,
            "staff confirmation refused: unknown number, wrong or used code",
            "check roster and clock",
            retryable=True,
            citizen="Die Bestätigung durch das Personal hat nicht geklappt. Bitte noch einmal.",
        ),
        _entry(
            "STAFF-02",
            _C,
            "staff confirmation locked after too many wrong codes",
            "wait; check the roster",
            retryable=True,
            citizen="Zu viele falsche Bestätigungen. Bitte warten Sie kurz oder machen Sie ohne Ausweis weiter.",
        ),
        _entry(
            "PRINT-01",
            _C,
            "printer does not answer",
            "check power, cable and address; `kiosk doctor`",
            retryable=True,
            citizen="Der Drucker antwortet nicht. Bitte schreiben Sie sich den Code ab.",
        ),
        _entry(
            "PRINT-02",
            _C,
            "paper out",
            "insert paper",
            retryable=True,
            citizen="Das Papier ist leer. Bitte schreiben Sie sich den Code ab.",
        ),
        _entry(
            "PRINT-03",
            _C,
            "printer cover open",
            "close the cover",
            retryable=True,
            citizen="Der Drucker ist offen. Bitte schreiben Sie sich den Code ab.",
        ),
        _entry(
            "PRINT-04",
            _C,
            "printer reports an error, or the job broke off",
            "switch the printer off and on",
            retryable=True,
            citizen="Der Beleg wurde vielleicht nicht gedruckt. Bitte schreiben Sie sich den Code ab.",
        ),
        _entry(
            "PRINT-05",
            _T,
            "a text has a letter the receipt font lacks",
            "install fonts-noto-core",
            citizen="Der Beleg konnte nicht gedruckt werden. Bitte schreiben Sie sich den Code ab.",
        ),
        _entry(
            "DOC-01",
            _T,
            "the form could not be rendered as PDF",
            "run `kiosk doctor`",
            retryable=True,
            citizen="Ihr Antrag konnte nicht vorbereitet werden. Bitte versuchen Sie es noch einmal.",
        ),
        _entry(
            "OUTBOX-01",
            _T,
            "outbox cannot be written (full, I/O error)",
            "free space; check the disk",
            retryable=True,
            citizen="Ihr Antrag wurde nicht gespeichert und nicht gesendet. Bitte versuchen Sie es noch einmal.",
        ),
        _entry(
            "OUTBOX-02",
            _T,
            "outbox is damaged and was set aside",
            "keep the file; see `kiosk doctor`",
            citizen="Dieses Terminal ist gerade außer Betrieb.",
        ),
        _entry(
            "OUTBOX-03",
            _T,
            "outbox below its low-water mark: no new visit starts",
            "check delivery and disk",
            retryable=True,
            citizen="Dieses Terminal ist gerade außer Betrieb.",
        ),
        _entry(
            "DELIV-01",
            _T,
            "delivery service not reachable",
            "check network and address",
            retryable=True,
            citizen="Die Verbindung ist gerade gestört. Ihr Antrag wird übertragen, sobald sie wieder da ist.",
        ),
        _entry("DELIV-02", _T, "delivery service refuses this terminal (401, 403)", "check client id and secret"),
        _entry(
            "DELIV-03", _T, "delivery service refuses one submission (400, 409, 413, 422)", "see `kiosk outbox list`"
        ),
        _entry(
            "DELIV-04",
            _T,
            "signed delivery token missing, wrong or over other bytes",
            "check the service",
            retryable=True,
        ),
        _entry(
            "DELIV-05",
            _T,
            "no usable encryption key for a destination",
            "check destinations and network",
            retryable=True,
            citizen="Dieses Terminal ist gerade außer Betrieb.",
        ),
        _entry(
            "STATUS-01",
            _C,
            "status cannot be looked up now",
            "check `kiosk sync` and the network",
            retryable=True,
            citizen="Der Stand lässt sich gerade nicht abfragen. Bitte versuchen Sie es später noch einmal.",
        ),
        _entry(
            "STATUS-02",
            _C,
            "too many wrong application codes",
            "none",
            retryable=True,
            citizen="Zu viele falsche Codes. Bitte warten Sie einen Augenblick.",
        ),
        _entry("CENTRAL-01", _T, "central database or key store unusable", "see the log of `kiosk central`"),
        _entry("CENTRAL-02", _T, "department keys cannot be unlocked", "check the key-encryption key"),
        _entry("CENTRAL-03", _W, "a submission cannot be opened: seal, hash or format wrong", "ask the technician"),
        _entry("CENTRAL-04", _W, "the opening service does not answer", "start `kiosk central open`", retryable=True),
        _entry("CENTRAL-05", _T, "a client, account or key of this name exists already", "choose another name"),
        _entry(
            "VISIT-01",
            _T,
            "unexpected fault; the visit was ended and wiped",
            "read the journal",
            citizen="Es ist ein Fehler aufgetreten. Ihre Angaben wurden gelöscht. Bitte beginnen Sie neu.",
        ),
        _entry("VISIT-02", _T, "a device answered a question nobody asked", "report it"),
        _entry("SCREEN-01", _T, "no window could be opened", "install libgl1 libegl1; check the display"),
    ]
)


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
