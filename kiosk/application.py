"""What a citizen hands in, from the review page to the receipt. Shared by visit, documents and delivery.

Nothing here touches a disk or a key; personal data hide from `repr`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from kiosk.identity import IdentityEvidence
from kiosk.procedures.model import Answers, Procedure


@dataclass(frozen=True, slots=True)
class Application:
    """Everything one citizen answered in one procedure. `today` is the day it was answered on."""

    procedure: Procedure = field(repr=False)
    answers: Answers = field(repr=False)
    language: str
    today: date
    evidence: IdentityEvidence | None = None


@dataclass(frozen=True, slots=True)
class Draft:
    """An application made ready while the review page is shown: ids minted, forms rendered.

    `code` is the citizen's application code, a secret of ≥ 60 bits; `references` and `forms` (PDF)
    are keyed by the procedure's destination id. `status_index` is what is stored of the code; `data` is
    what each destination will read (JSON), if it was laid out already.
    """

    application_id: UUID
    code: str = field(repr=False)
    references: Mapping[str, str]
    forms: Mapping[str, bytes] = field(repr=False)
    status_index: str = field(default="", repr=False)
    data: Mapping[str, bytes] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the citizen takes home. Times are aware; `references` pairs department and reference."""

    code: str = field(repr=False)
    references: tuple[tuple[str, str], ...]
    procedure: Procedure = field(repr=False)
    saved_at: datetime
    language: str
    fee_cents: int | None = None


class CaseState(StrEnum):
    """How far one submission is, in words a citizen and a caseworker share."""

    RECORDED = "recorded"
    TRANSMITTED = "transmitted"
    ARRIVED = "arrived"
    ACCEPTED = "accepted"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True)
class StatusEntry:
    """The answer to "where is my application?" for one department. It names nobody."""

    department: str
    state: CaseState
    since: datetime
    phone: str = ""
    reference: str = ""


class PrintOutcome(StrEnum):
    """There is no exactly-once on paper."""

    PRINTED = "printed"
    PRINTED_PAPER_LOW = "printed-paper-low"
    NOT_PRINTED = "not-printed"
    UNKNOWN = "unknown"


class OutOfServiceReason(StrEnum):
    """Why the terminal cannot keep a promise now."""

    OUTBOX_FULL = "outbox-full"
    OUTBOX_DAMAGED = "outbox-damaged"
    NO_DESTINATION_KEYS = "no-destination-keys"
    FAULT = "fault"


def status_link(status_url: str, code: str) -> str:
    """What the QR holds: the public status page with the code in its fragment, or the code alone."""
    return f"{status_url}#{code}" if status_url else code
