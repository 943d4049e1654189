"""The events of a visit, a closed union: what fingers, devices and the clock can say.

Rules
  1. A finger's event carries what was typed or tapped, never a value already judged.
  2. A device's answer names the visit and the request it answers, so that it can never land in the
     next citizen's visit, nor in a question asked again since.
  3. A CAN or PIN lives in one event, as `Secret`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from kiosk.application import Draft, OutOfServiceReason, PrintOutcome, StatusEntry
from kiosk.identity import CardKind, IdentityData, MrzKey, ReadPhase, Secret, StaffConfirmation, Way
from kiosk.online import OnlineAnswer, OnlineQuestion
from kiosk.procedures.model import AnswerPath
from kiosk.visit.states import Look

# ---- fingers ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Touched:
    """Any sign of life that means nothing else: typing, scrolling, opening help."""


@dataclass(frozen=True, slots=True)
class LanguageChosen:
    language: str


@dataclass(frozen=True, slots=True)
class LookChosen:
    look: Look


@dataclass(frozen=True, slots=True)
class ProcedureChosen:
    procedure_id: str


@dataclass(frozen=True, slots=True)
class NoticeAgreed:
    """The citizen read what happens to the data and goes on."""


@dataclass(frozen=True, slots=True)
class WayChosen:
    """A way of identification, or None: without a card."""

    way: Way | None


@dataclass(frozen=True, slots=True)
class StaffCodeEntered:
    """A member of staff typed number and one-time code."""

    staff_id: str
    code: Secret


@dataclass(frozen=True, slots=True)
class CanEntered:
    can: Secret


@dataclass(frozen=True, slots=True)
class MrzEntered:
    """What stands printed on a travel document and unlocks it."""

    key: MrzKey


@dataclass(frozen=True, slots=True)
class OnlineAnswered:
    """The citizen agreed, or typed the digits the online way asked for."""

    answer: OnlineAnswer


@dataclass(frozen=True, slots=True)
class AnswersGiven:
    """ "Continue" on a page: the raw text of every field shown, by answer path."""

    step_key: str
    texts: Mapping[AnswerPath, str] = field(repr=False)


@dataclass(frozen=True, slots=True)
class BackWanted:
    pass


@dataclass(frozen=True, slots=True)
class ChangeWanted:
    """ "Change" on the review page: the step to go to."""

    step_key: str


@dataclass(frozen=True, slots=True)
class Contested:
    """ "That is wrong" beside a value from the card."""

    path: AnswerPath


@dataclass(frozen=True, slots=True)
class ReviewAccepted:
    pass


@dataclass(frozen=True, slots=True)
class SubmissionConfirmed:
    """The binding tap. `share_references`: departments may know each other's reference."""

    share_references: bool = False


@dataclass(frozen=True, slots=True)
class ReprintWanted:
    pass


@dataclass(frozen=True, slots=True)
class StatusWanted:
    pass


@dataclass(frozen=True, slots=True)
class CodeEntered:
    """An application code, typed or scanned (the QR's URL or the bare code)."""

    code: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class MoreTimeWanted:
    pass


@dataclass(frozen=True, slots=True)
class AnotherWanted:
    """ "Do something else": a fresh visit in the same language and look."""


@dataclass(frozen=True, slots=True)
class Ended:
    """ "End and delete", or "Done"."""


TouchEvent = (
    Touched
    | LanguageChosen
    | LookChosen
    | ProcedureChosen
    | NoticeAgreed
    | WayChosen
    | StaffCodeEntered
    | CanEntered
    | MrzEntered
    | OnlineAnswered
    | AnswersGiven
    | BackWanted
    | ChangeWanted
    | Contested
    | ReviewAccepted
    | SubmissionConfirmed
    | ReprintWanted
    | StatusWanted
    | CodeEntered
    | MoreTimeWanted
    | AnotherWanted
    | Ended
)


# ---- devices and clock ------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Tick:
    """The clock: monotonic seconds and the local day."""

    now: float
    today: date


@dataclass(frozen=True, slots=True)
class CardInserted:
    pass


@dataclass(frozen=True, slots=True)
class CardRemoved:
    pass


@dataclass(frozen=True, slots=True)
class ServiceChanged:
    """The terminal can (None) or cannot keep its promises. A started visit may always finish."""

    reason: OutOfServiceReason | None


@dataclass(frozen=True, slots=True)
class VisitFailed:
    """Something broke that nobody foresaw (VISIT-01). `reason` is set when it broke too often to go on."""

    reason: OutOfServiceReason | None = None


@dataclass(frozen=True, slots=True)
class StaffConfirmed:
    visit_id: int
    request: int
    confirmation: StaffConfirmation


@dataclass(frozen=True, slots=True)
class StaffRefused:
    visit_id: int
    request: int
    code: str


@dataclass(frozen=True, slots=True)
class CardSeen:
    visit_id: int
    request: int
    kind: CardKind


@dataclass(frozen=True, slots=True)
class OnlineAsked:
    """The online way wants to know something; not the end of the question it was asked."""

    visit_id: int
    request: int
    question: OnlineQuestion


@dataclass(frozen=True, slots=True)
class CardProgressed:
    visit_id: int
    request: int
    phase: ReadPhase


@dataclass(frozen=True, slots=True)
class CardRead:
    visit_id: int
    request: int
    identity: IdentityData


@dataclass(frozen=True, slots=True)
class CardFailed:
    visit_id: int
    request: int
    code: str
    tries_left: int | None = None


@dataclass(frozen=True, slots=True)
class ApplicationPrepared:
    visit_id: int
    request: int
    draft: Draft


@dataclass(frozen=True, slots=True)
class PreparationFailed:
    visit_id: int
    request: int
    code: str


@dataclass(frozen=True, slots=True)
class Saved:
    visit_id: int
    request: int
    saved_at: datetime


@dataclass(frozen=True, slots=True)
class SaveFailed:
    visit_id: int
    request: int
    code: str


@dataclass(frozen=True, slots=True)
class ReceiptHandled:
    """What became of a print job; `code` is a PRINT code unless it was printed."""

    visit_id: int
    request: int
    outcome: PrintOutcome
    code: str = ""


@dataclass(frozen=True, slots=True)
class StatusFound:
    visit_id: int
    request: int
    entries: tuple[StatusEntry, ...]


@dataclass(frozen=True, slots=True)
class StatusFailed:
    visit_id: int
    request: int
    code: str


AnswerEvent = (
    StaffConfirmed
    | StaffRefused
    | CardSeen
    | OnlineAsked
    | CardProgressed
    | CardRead
    | CardFailed
    | ApplicationPrepared
    | PreparationFailed
    | Saved
    | SaveFailed
    | ReceiptHandled
    | StatusFound
    | StatusFailed
)

DeviceEvent = Tick | CardInserted | CardRemoved | ServiceChanged | VisitFailed | AnswerEvent

Event = TouchEvent | DeviceEvent
