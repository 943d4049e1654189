"""What the core needs from the outside, each as a Protocol of at most three methods.

Every port may block; the runtime calls each from its own single worker thread, never the UI thread.
Drivers stand in devices/, the desks in kiosk/terminal.py.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Protocol

from kiosk.application import Application, Draft, OutOfServiceReason, PrintOutcome, Receipt, StatusEntry
from kiosk.documents.blocks import Block
from kiosk.identity import Attribute, CardKey, CardKind, IdentityData, ReadPhase, Secret, StaffConfirmation, Way
from kiosk.online import OnlineAnswer, OnlineQuestion


@dataclass(frozen=True, slots=True)
class ReadRequest:
    """One reading: which way, which attributes, and the CAN or printed data for exactly this one call."""

    way: Way
    key: CardKey
    attributes: frozenset[Attribute]


class CardPlace(Protocol):
    """Where a card is laid down."""

    def watch(self, changed: Callable[[bool], None]) -> None:
        """Call `changed(present)` from a reader thread, once now and at every insertion and removal."""

    def close(self) -> None:
        """Stop watching and let the reader go."""


class IdentityReader(Protocol):
    """Reads the card that lies there."""

    def look(self) -> CardKind:
        """What kind of card it is; nothing personal is read. Raises CardError."""
        ...

    def read(self, request: ReadRequest, progress: Callable[[ReadPhase], None]) -> IdentityData:
        """Read the card. Raises CardError; after any error the next call starts from the beginning."""
        ...


class OnlineIdentity(Protocol):
    """Identifies a citizen with card and PIN over the town's eID server (§ 18 PAuswG)."""

    def identify(
        self,
        attributes: frozenset[Attribute],
        ask: Callable[[OnlineQuestion], None],
        progress: Callable[[ReadPhase], None],
    ) -> IdentityData:
        """The whole way; `ask` and `progress` are called from this thread. Raises CardError. Long: a person types."""
        ...

    def answer(self, answer: OnlineAnswer) -> None:
        """Answer the question asked last. From any thread, never blocks; an answer nobody waits for is dropped."""

    def abandon(self) -> None:
        """End `identify` soon, with CARD-26. From any thread, never blocks; nothing happens where nothing goes on."""


class StaffRoster(Protocol):
    """Confirms a member of staff by an own secret, offline."""

    def confirm(self, staff_id: str, code: Secret) -> StaffConfirmation:
        """Raises StaffError (wrong, used, revoked or locked)."""
        ...


class Preparer(Protocol):
    """Makes an application ready while the citizen reads the review page."""

    def prepare(self, application: Application) -> Draft:
        """Raises DocumentError."""
        ...


class ApplicationStore(Protocol):
    """The commit point."""

    def save(self, application: Application, draft: Draft, *, share_references: bool) -> datetime:
        """Seal and store durably; the time of capture. Raises OutboxError: then nothing is stored."""
        ...

    def readiness(self) -> OutOfServiceReason | None:
        """Why no visit may start now, or None."""
        ...


class ReceiptDesk(Protocol):
    """Lays out and prints one receipt."""

    def hand_out(self, receipt: Receipt) -> PrintOutcome:
        """Raises PrinterError or DocumentError if nothing or perhaps something was printed."""
        ...


class StatusDesk(Protocol):
    """Answers "where is my application?"."""

    def look_up(self, code: str) -> tuple[StatusEntry, ...]:
        """Empty for an unknown code. Raises StatusError."""
        ...

    def online(self) -> bool:
        """Whether the delivery service was reached lately."""
        ...


class PrinterState(StrEnum):
    """What a printer says about itself; UNKNOWN when it does not answer that question."""

    READY = "ready"
    PAPER_LOW = "paper-low"
    PAPER_OUT = "paper-out"
    COVER_OPEN = "cover-open"
    ERROR = "error"
    UNKNOWN = "unknown"
    OFFLINE = "offline"


class ReceiptPrinter(Protocol):
    """One receipt printer. Used from one thread."""

    def status(self) -> PrinterState:
        """Ask the printer now; never raises."""
        ...

    def print(self, blocks: tuple[Block, ...]) -> PrintOutcome:
        """Print one receipt, status asked before and after. Raises PrinterError or DocumentError."""
        ...


class CodeScanner(Protocol):
    """A 2D scanner."""

    def listen(self, scanned: Callable[[str], None]) -> None:
        """Call `scanned(text)` from a scanner thread for every code."""

    def close(self) -> None:
        """Stop listening."""


class Clock(Protocol):
    """The one place time comes from. Never blocks."""

    def monotonic(self) -> float:
        """Seconds that never go back, whatever happens to the wall clock."""
        ...

    def today(self) -> date:
        """The local day."""
        ...
