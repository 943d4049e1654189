"""The effects of a visit, a closed union: requests for work, as data.

Every effect carries the visit and the request number that its answer must repeat. A CAN or PIN
lives in one effect, as `Secret`, and so do the printed data that unlock a travel document.
Who carries them out is the runtime's business.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from kiosk.application import Application, Draft, Receipt
from kiosk.identity import Attribute, CardKey, Secret, Way
from kiosk.online import OnlineAnswer


@dataclass(frozen=True, slots=True)
class ConfirmStaff:
    visit_id: int
    request: int
    staff_id: str
    code: Secret


@dataclass(frozen=True, slots=True)
class LookAtCard:
    """What kind of card lies there, before anything is asked."""

    visit_id: int
    request: int


@dataclass(frozen=True, slots=True)
class ReadCard:
    """Read only what the procedure needs, by the way chosen."""

    visit_id: int
    request: int
    way: Way
    key: CardKey
    attributes: frozenset[Attribute]


@dataclass(frozen=True, slots=True)
class IdentifyOnline:
    """Begin the online way; it asks back while it goes on, and ends when the visit turns away from it."""

    visit_id: int
    request: int
    attributes: frozenset[Attribute]


@dataclass(frozen=True, slots=True)
class AnswerOnline:
    """Hand the online way what it asked for."""

    visit_id: int
    request: int
    answer: OnlineAnswer


@dataclass(frozen=True, slots=True)
class PrepareApplication:
    """Mint ids and render the forms while the review page is shown."""

    visit_id: int
    request: int
    application: Application


@dataclass(frozen=True, slots=True)
class SaveApplication:
    """The commit point: seal and store all submissions in one durable transaction."""

    visit_id: int
    request: int
    application: Application
    draft: Draft
    share_references: bool


@dataclass(frozen=True, slots=True)
class PrintReceipt:
    visit_id: int
    request: int
    receipt: Receipt


@dataclass(frozen=True, slots=True)
class LookUpStatus:
    visit_id: int
    request: int
    code: str = field(repr=False)


Effect = (
    ConfirmStaff
    | LookAtCard
    | ReadCard
    | IdentifyOnline
    | AnswerOnline
    | PrepareApplication
    | SaveApplication
    | PrintReceipt
    | LookUpStatus
)
