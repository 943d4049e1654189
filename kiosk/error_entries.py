"""The catalogue's entries but those about cards: what a code means, who can act, what the citizen reads.

The rules of the catalogue stand in errors.py, where all entries come together.
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


def entry(
    code: str, audience: Audience, meaning: str, remedy: str, *, retryable: bool = False, citizen: str = ""
) -> ErrorEntry:
    """One entry, in the order it reads."""
    return ErrorEntry(code, audience, retryable, meaning, remedy, citizen)


CITIZEN, TECHNICIAN, CASEWORKER = Audience.CITIZEN, Audience.TECHNICIAN, Audience.CASEWORKER

ENTRIES: tuple[ErrorEntry, ...] = (
    entry("CONFIG-01", TECHNICIAN, "configuration file missing or not valid TOML", "fix the file at the line named"),
    entry("CONFIG-02", TECHNICIAN, "unknown or missing key in the configuration", "fix the key path named"),
    entry("PROC-01", TECHNICIAN, "a procedure file is malformed", "fix file, line and key named; run `kiosk check`"),
    entry("PROC-02", TECHNICIAN, "a procedure cannot be completed or lacks a text", "run `kiosk check`"),
    entry("TEXT-01", TECHNICIAN, "a catalogue of texts is malformed", "fix file and line named; run `kiosk check`"),
    entry(
        "STAFF-01",
        CITIZEN,
        "staff confirmation refused: unknown number, wrong or used code",
        "check roster and clock",
        retryable=True,
        citizen="Die Bestätigung durch das Personal hat nicht geklappt. Bitte noch einmal.",
    ),
    entry(
        "STAFF-02",
        CITIZEN,
        "staff confirmation locked after too many wrong codes",
        "wait; check the roster",
        retryable=True,
        citizen="Zu viele falsche Bestätigungen. Bitte warten Sie kurz oder machen Sie ohne Ausweis weiter.",
    ),
    entry(
        "PRINT-01",
        CITIZEN,
        "printer does not answer",
        "check power, cable and address; `kiosk doctor`",
        retryable=True,
        citizen="Der Drucker antwortet nicht. Bitte schreiben Sie sich den Code ab.",
    ),
    entry(
        "PRINT-02",
        CITIZEN,
        "paper out",
        "insert paper",
        retryable=True,
        citizen="Das Papier ist leer. Bitte schreiben Sie sich den Code ab.",
    ),
    entry(
        "PRINT-03",
        CITIZEN,
        "printer cover open",
        "close the cover",
        retryable=True,
        citizen="Der Drucker ist offen. Bitte schreiben Sie sich den Code ab.",
    ),
    entry(
        "PRINT-04",
        CITIZEN,
        "printer reports an error, or the job broke off",
        "switch the printer off and on",
        retryable=True,
        citizen="Der Beleg wurde vielleicht nicht gedruckt. Bitte schreiben Sie sich den Code ab.",
    ),
    entry(
        "PRINT-05",
        TECHNICIAN,
        "a text has a letter the receipt font lacks",
        "install fonts-noto-core",
        citizen="Der Beleg konnte nicht gedruckt werden. Bitte schreiben Sie sich den Code ab.",
    ),
    entry(
        "DOC-01",
        TECHNICIAN,
        "the form could not be rendered as PDF",
        "run `kiosk doctor`",
        retryable=True,
        citizen="Ihr Antrag konnte nicht vorbereitet werden. Bitte versuchen Sie es noch einmal.",
    ),
    entry(
        "OUTBOX-01",
        TECHNICIAN,
        "outbox cannot be written (full, I/O error)",
        "free space; check the disk",
        retryable=True,
        citizen="Ihr Antrag wurde nicht gespeichert und nicht gesendet. Bitte versuchen Sie es noch einmal.",
    ),
    entry(
        "OUTBOX-02",
        TECHNICIAN,
        "outbox is damaged and was set aside",
        "keep the file; see `kiosk doctor`",
        citizen="Dieses Terminal ist gerade außer Betrieb.",
    ),
    entry(
        "OUTBOX-03",
        TECHNICIAN,
        "outbox below its low-water mark: no new visit starts",
        "check delivery and disk",
        retryable=True,
        citizen="Dieses Terminal ist gerade außer Betrieb.",
    ),
    entry(
        "OUTBOX-04",
        TECHNICIAN,
        "an export cannot be written or read",
        "choose another file; what `kiosk outbox list` shows as handed over can be named and exported again",
    ),
    entry(
        "OUTBOX-05",
        TECHNICIAN,
        "handed over in an export: another terminal delivers it",
        "when it is delivered there, `kiosk outbox remove`; only if the export is lost, `kiosk outbox retry`",
    ),
    entry(
        "DELIV-01",
        TECHNICIAN,
        "delivery service not reachable",
        "check network and address",
        retryable=True,
        citizen="Die Verbindung ist gerade gestört. Ihr Antrag wird übertragen, sobald sie wieder da ist.",
    ),
    entry("DELIV-02", TECHNICIAN, "delivery service refuses this terminal (401, 403)", "check client id and secret"),
    entry(
        "DELIV-03",
        TECHNICIAN,
        "delivery service refuses one submission (400, 409, 413, 422)",
        "see `kiosk outbox list`",
    ),
    entry(
        "DELIV-04",
        TECHNICIAN,
        "signed delivery token missing, wrong or over other bytes",
        "check the service",
        retryable=True,
    ),
    entry(
        "DELIV-05",
        TECHNICIAN,
        "no usable encryption key for a destination",
        "check destinations and network",
        retryable=True,
        citizen="Dieses Terminal ist gerade außer Betrieb.",
    ),
    entry(
        "STATUS-01",
        CITIZEN,
        "status cannot be looked up now",
        "check `kiosk sync` and the network",
        retryable=True,
        citizen="Der Stand lässt sich gerade nicht abfragen. Bitte versuchen Sie es später noch einmal.",
    ),
    entry(
        "STATUS-02",
        CITIZEN,
        "too many wrong application codes",
        "none",
        retryable=True,
        citizen="Zu viele falsche Codes. Bitte warten Sie einen Augenblick.",
    ),
    entry("CENTRAL-01", TECHNICIAN, "central database or key store unusable", "see the log of `kiosk central`"),
    entry("CENTRAL-02", TECHNICIAN, "department keys cannot be unlocked", "check the key-encryption key"),
    entry("CENTRAL-03", CASEWORKER, "a submission cannot be opened: seal, hash or format wrong", "ask the technician"),
    entry(
        "CENTRAL-04", CASEWORKER, "the opening service does not answer", "start `kiosk central open`", retryable=True
    ),
    entry("CENTRAL-05", TECHNICIAN, "a client, account or key of this name exists already", "choose another name"),
    entry("CENTRAL-06", CASEWORKER, "the content was erased after the town's period", "none: the event log stays"),
    entry(
        "VISIT-01",
        TECHNICIAN,
        "unexpected fault; the visit was ended and wiped",
        "read the journal",
        citizen="Es ist ein Fehler aufgetreten. Ihre Angaben wurden gelöscht. Bitte beginnen Sie neu.",
    ),
    entry("VISIT-02", TECHNICIAN, "a device answered a question nobody asked", "report it"),
    entry("SCREEN-01", TECHNICIAN, "no window could be opened", "install libgl1 libegl1; check the display"),
)
