"""States, events and effects of a visit: three closed unions, every member frozen.

Rules
  1. A state is all there is to know about the citizen; back at `Idle` a fresh one is built, so
     wiping means having no reference.
  2. Events come from fingers, devices and the clock. Device events carry the visit they answer.
  3. Effects are requests for work, as data. PIN and CAN live in one event and one effect, as `Secret`.

What happens between them is the table's business (machine.py).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from kiosk.application import Application, Draft, OutOfServiceReason, PrintOutcome, Receipt, StatusEntry
from kiosk.identity import Attribute, IdentityData, IdentityEvidence, ReadPhase, Secret, StaffConfirmation, Way
from kiosk.procedures.model import AnswerPath, Answers, Problem, Procedure

# ---- what every state shares ------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Patience:
    """How long the terminal waits, in seconds. `warning_s` is how long "are you still there?" stays."""

    asking_s: float = 90.0
    warning_s: float = 20.0
    finished_s: float = 60.0
    device_s: float = 45.0


@dataclass(frozen=True, slots=True)
class Offer:
    """What this terminal offers to everyone; fixed while the program runs."""

    procedures: Mapping[str, Procedure] = field(repr=False)
    languages: tuple[str, ...]
    ways: frozenset[Way]
    town: str
    town_dsb: str
    status_page_url: str
    patience: Patience = Patience()


@dataclass(frozen=True, slots=True)
class Look:
    """How the citizen wants to see the screen; gone with the visit."""

    contrast: bool = False
    large: bool = False
    low: bool = False


@dataclass(frozen=True, slots=True)
class Session:
    """What stays the same from state to state. `now` is monotonic seconds, `visit_id` counts visits."""

    offer: Offer = field(repr=False)
    visit_id: int
    now: float
    today: date
    language: str = "de"
    look: Look = Look()
    card_present: bool = False


# ---- states -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Idle:
    """Nobody is here; the start screen waits. Has no deadline."""

    session: Session


@dataclass(frozen=True, slots=True)
class Choosing:
    """Somebody touched the start screen (language, look) but chose nothing yet."""

    session: Session
    deadline: float


@dataclass(frozen=True, slots=True)
class Informing:
    """What happens to the data (Art. 13 GDPR), what is needed, how long it takes."""

    session: Session
    deadline: float
    procedure: Procedure = field(repr=False)


class IdentifyingPhase(StrEnum):
    """Where the citizen is on the way of the card."""

    WAY = "way"
    INSERT = "insert"
    CAN = "can"
    READING = "reading"


@dataclass(frozen=True, slots=True)
class Identifying:
    """Card or no card. `confirmation` is this visit's staff confirmation; CAN and READING need it on site."""

    session: Session
    deadline: float
    procedure: Procedure = field(repr=False)
    phase: IdentifyingPhase
    confirmation: StaffConfirmation | None = None
    read_phase: ReadPhase | None = None
    problem: str = ""
    tries_left: int | None = None


@dataclass(frozen=True, slots=True)
class Confirming:
    """A member of staff confirms that photo and person match, with an own code."""

    session: Session
    deadline: float
    procedure: Procedure = field(repr=False)
    waiting: bool = False
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Answering:
    """One page. `step_key` names it; `texts` are the refused texts of this page, `problems` why, both by path.

    `returning` is set when the citizen came from the review page; `contesting` is the path of a card value in doubt.
    """

    session: Session
    deadline: float
    procedure: Procedure = field(repr=False)
    answers: Answers = field(repr=False)
    step_key: str
    evidence: IdentityEvidence | None = None
    texts: Mapping[AnswerPath, str] = field(default_factory=dict, repr=False)
    problems: Mapping[AnswerPath, Problem] = field(default_factory=dict)
    returning: bool = False
    contesting: AnswerPath = ""


@dataclass(frozen=True, slots=True)
class Reviewing:
    """Everything on one page. `draft` arrives while the citizen reads; `problem` is an error code."""

    session: Session
    deadline: float
    application: Application
    draft: Draft | None = None
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Consenting:
    """Who gets what, and the binding tap on a page of its own (§ 9a OZG)."""

    session: Session
    deadline: float
    application: Application
    draft: Draft | None = None
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Saving:
    """The one commit point is under way; nobody can turn back now."""

    session: Session
    deadline: float
    application: Application
    draft: Draft


@dataclass(frozen=True, slots=True)
class Printing:
    """Saved; the receipt is on its way. The code already stands on the screen."""

    session: Session
    deadline: float
    receipt: Receipt


@dataclass(frozen=True, slots=True)
class Finished:
    """Code, QR, what happens next, what to take along. `problem` is a PRINT code if paper failed."""

    session: Session
    deadline: float
    receipt: Receipt
    outcome: PrintOutcome
    problem: str = ""


@dataclass(frozen=True, slots=True)
class LookingUp:
    """ "Where is my application?" `entries` is None until a code was answered."""

    session: Session
    deadline: float
    waiting: bool = False
    entries: tuple[StatusEntry, ...] | None = None
    problem: str = ""


@dataclass(frozen=True, slots=True)
class TakeCard:
    """The visit is over and wiped, but a card still lies on the reader: say so until it is gone."""

    session: Session


@dataclass(frozen=True, slots=True)
class OutOfService:
    """The terminal cannot keep a promise now; no visit starts."""

    session: Session
    reason: OutOfServiceReason


AskingState = (
    Choosing | Informing | Identifying | Confirming | Answering | Reviewing | Consenting | Finished | LookingUp
)


@dataclass(frozen=True, slots=True)
class Interrupted:
    """ "Are you still there?" in front of an asking state."""

    session: Session
    deadline: float
    previous: AskingState


State = (
    Idle
    | Choosing
    | Informing
    | Identifying
    | Confirming
    | Answering
    | Reviewing
    | Consenting
    | Saving
    | Printing
    | Finished
    | LookingUp
    | Interrupted
    | TakeCard
    | OutOfService
)


# ---- events: fingers --------------------------------------------------------------------------


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


# ---- events: devices and clock ----------------------------------------------------------------


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
class StaffConfirmed:
    visit_id: int
    confirmation: StaffConfirmation


@dataclass(frozen=True, slots=True)
class StaffRefused:
    visit_id: int
    code: str


@dataclass(frozen=True, slots=True)
class CardProgressed:
    visit_id: int
    phase: ReadPhase


@dataclass(frozen=True, slots=True)
class CardRead:
    visit_id: int
    identity: IdentityData


@dataclass(frozen=True, slots=True)
class CardFailed:
    visit_id: int
    code: str
    tries_left: int | None = None


@dataclass(frozen=True, slots=True)
class ApplicationPrepared:
    visit_id: int
    draft: Draft


@dataclass(frozen=True, slots=True)
class PreparationFailed:
    visit_id: int
    code: str


@dataclass(frozen=True, slots=True)
class Saved:
    visit_id: int
    saved_at: datetime


@dataclass(frozen=True, slots=True)
class SaveFailed:
    visit_id: int
    code: str


@dataclass(frozen=True, slots=True)
class ReceiptHandled:
    """What became of a print job; `code` is a PRINT code unless it was printed."""

    visit_id: int
    outcome: PrintOutcome
    code: str = ""


@dataclass(frozen=True, slots=True)
class StatusFound:
    visit_id: int
    entries: tuple[StatusEntry, ...]


@dataclass(frozen=True, slots=True)
class StatusFailed:
    visit_id: int
    code: str


DeviceEvent = (
    Tick
    | CardInserted
    | CardRemoved
    | ServiceChanged
    | StaffConfirmed
    | StaffRefused
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

Event = TouchEvent | DeviceEvent


# ---- effects ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ConfirmStaff:
    visit_id: int
    staff_id: str
    code: Secret


@dataclass(frozen=True, slots=True)
class ReadCard:
    """Read only what the procedure needs, by the way chosen."""

    visit_id: int
    way: Way
    can: Secret
    attributes: frozenset[Attribute]


@dataclass(frozen=True, slots=True)
class PrepareApplication:
    """Mint ids and render the forms while the review page is shown."""

    visit_id: int
    application: Application


@dataclass(frozen=True, slots=True)
class SaveApplication:
    """The commit point: seal and store all submissions in one durable transaction."""

    visit_id: int
    application: Application
    draft: Draft
    share_references: bool


@dataclass(frozen=True, slots=True)
class PrintReceipt:
    visit_id: int
    receipt: Receipt


@dataclass(frozen=True, slots=True)
class LookUpStatus:
    visit_id: int
    code: str = field(repr=False)


Effect = ConfirmStaff | ReadCard | PrepareApplication | SaveApplication | PrintReceipt | LookUpStatus
