"""The states of a visit, a closed union, and what they share. Every member is frozen.

Rules
  1. A state is all there is to know about the citizen; back at `Idle` a fresh one is built, so
     wiping means having no reference.
  2. A deadline is a point on the clock of `Session.now`; nothing here waits for it.
  3. No state holds a PIN or CAN; personal data hide from `repr`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from kiosk.application import Application, Draft, OutOfServiceReason, PrintOutcome, Receipt, StatusEntry
from kiosk.identity import CardKind, IdentityEvidence, ReadPhase, StaffConfirmation, Way
from kiosk.online import OnlineQuestion
from kiosk.procedures.model import AnswerPath, Answers, Problem, Procedure


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
    """What stays the same from state to state. `now` is monotonic seconds, `visit_id` counts visits.

    `request` is the number of the visit's newest question to a device; an answer to an older one comes too late.
    `service` is why no further visit may start, or None.
    """

    offer: Offer = field(repr=False)
    visit_id: int
    now: float
    today: date
    language: str = "de"
    look: Look = Look()
    card_present: bool = False
    request: int = 0
    service: OutOfServiceReason | None = None


@dataclass(frozen=True, slots=True)
class Idle:
    """Nobody is here; the start screen waits.

    `problem` is an error code that ended the visit before, shown until `deadline`.
    """

    session: Session
    problem: str = ""
    deadline: float = 0.0


@dataclass(frozen=True, slots=True)
class Choosing:
    """Somebody touched the start screen (language, look) but chose nothing yet."""

    session: Session
    deadline: float


@dataclass(frozen=True, slots=True)
class Informing:
    """What happens to the data (Art. 13 GDPR), what is needed, how long it takes.

    `answers` and `evidence` are what is already there when the citizen came back from the first page.
    """

    session: Session
    deadline: float
    procedure: Procedure = field(repr=False)
    answers: Answers = field(default_factory=dict, repr=False)
    evidence: IdentityEvidence | None = None


class IdentifyingPhase(StrEnum):
    """Where the citizen is on the way of the card."""

    WAY = "way"
    INSERT = "insert"
    CAN = "can"
    MRZ = "mrz"
    READING = "reading"


@dataclass(frozen=True, slots=True)
class Identifying:
    """Card or no card. `way` is set with every phase but WAY, `kind` once a travel document was looked at.

    `confirmation` is this visit's staff confirmation, which the way ON_SITE needs. `answers` are those
    typed before the citizen came back here; `problem` is a CARD code.
    """

    session: Session
    deadline: float
    procedure: Procedure = field(repr=False)
    phase: IdentifyingPhase
    way: Way | None = None
    kind: CardKind | None = None
    confirmation: StaffConfirmation | None = None
    read_phase: ReadPhase | None = None
    problem: str = ""
    tries_left: int | None = None
    answers: Answers = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class IdentifyingOnline:
    """Card and PIN over the eID server. `question` is None while the way works on its own.

    `answered` is the question answered last, `wrong` a CARD code about the digits it got.
    """

    session: Session
    deadline: float
    procedure: Procedure = field(repr=False)
    question: OnlineQuestion | None = None
    answered: OnlineQuestion | None = None
    read_phase: ReadPhase | None = None
    wrong: str = ""
    answers: Answers = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class Confirming:
    """A member of staff confirms that photo and person match, with an own code. `problem` is a STAFF code."""

    session: Session
    deadline: float
    procedure: Procedure = field(repr=False)
    waiting: bool = False
    problem: str = ""
    answers: Answers = field(default_factory=dict, repr=False)


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
    """Who gets what, and the binding tap on a page of its own (§ 9a OZG).

    `waiting`: the tap was made, the draft is not ready yet; it is saved when the draft arrives.
    """

    session: Session
    deadline: float
    application: Application
    draft: Draft | None = None
    problem: str = ""
    waiting: bool = False
    share_references: bool = False


@dataclass(frozen=True, slots=True)
class Saving:
    """The one commit point is under way; nobody can turn back now."""

    session: Session
    deadline: float
    application: Application
    draft: Draft
    share_references: bool = False


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
    problem: str = ""


@dataclass(frozen=True, slots=True)
class OutOfService:
    """The terminal cannot keep a promise now; no visit starts."""

    session: Session
    reason: OutOfServiceReason


AskingState = (
    Choosing
    | Informing
    | Identifying
    | IdentifyingOnline
    | Confirming
    | Answering
    | Reviewing
    | Consenting
    | Finished
    | LookingUp
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
    | IdentifyingOnline
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
