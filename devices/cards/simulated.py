"""A card reader without hardware: test persons' cards are put on and taken off it from another thread.

Rules
  1. It behaves like on-site reading (§ 18a PAuswG): CAN, chip authentication, then only the attributes asked for.
  2. A CAN is compared and forgotten; it never gets into a state, a log or an exception.
  3. All waiting goes through one callable, so that a test waits for nothing.

Who may ask for a reading, and after which confirmation, is the visit's business.
"""

from __future__ import annotations

import hmac
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from queue import SimpleQueue

from devices.cards.people import PEOPLE, Person, load_people
from kiosk.errors import CardError
from kiosk.identity import Assurance, Authenticity, CardKind, IdentityData, ReadPhase, Way
from kiosk.ports import ReadRequest

PHASE_S = 0.25
SLOW_PHASE_S = 3.0
DEADLINE_S = 20.0


class Fault(StrEnum):
    """What goes wrong with an inserted card. REMOVED happens in the middle of the next reading."""

    REMOVED = "removed"
    UNREADABLE = "unreadable"
    SLOW = "slow"
    MUTE = "mute"


@dataclass(frozen=True, slots=True)
class _Card:
    person: Person
    fault: Fault | None


class SimulatedReader:
    """An IdentityReader. `wait(seconds)` replaces every pause; `now` is aware, in UTC."""

    def __init__(
        self,
        people_dir: Path = PEOPLE,
        *,
        wait: Callable[[float], object] | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """Raises ConfigError if the test persons are malformed."""
        self.people = load_people(people_dir)
        self._gone = threading.Event()
        self._wait = wait or self._gone.wait
        self._now = now
        self._card: _Card | None = None
        self._changes: SimpleQueue[bool | None] = SimpleQueue()
        self._watcher: threading.Thread | None = None

    def insert(self, person: str, fault: Fault | None = None) -> None:
        """Lay a person's card on the reader, in place of any other. Raises KeyError for an unknown person."""
        card = _Card(self.people[person], fault)
        self.remove()
        self._gone.clear()
        self._card = card
        self._changes.put(True)

    def remove(self) -> None:
        """Take the card away; nothing happens where none lies."""
        if self._card is None:
            return
        self._card = None
        self._gone.set()
        self._changes.put(False)

    def watch(self, changed: Callable[[bool], None]) -> None:
        """Calls from the reader's own thread, in the order things happened. At most one watcher."""
        self._changes.put(self._card is not None)
        self._watcher = threading.Thread(target=self._tell, args=(changed,), name="simulated-reader", daemon=True)
        self._watcher.start()

    def look(self) -> CardKind:
        """Every person here has a German card. Raises CardError CARD-02."""
        if self._card is None:
            raise CardError("CARD-02")
        return CardKind.GERMAN

    def read(self, request: ReadRequest, progress: Callable[[ReadPhase], None]) -> IdentityData:
        """Raises CardError CARD-01 to CARD-06; the CAN never blocks, so `tries_left` stays None."""
        card = self._card
        if card is None:
            raise CardError("CARD-02")
        if request.way is not Way.ON_SITE:
            raise CardError("CARD-04", f"the simulated reader knows no way {request.way}")
        self._pass(card, ReadPhase.CONNECTING, progress)
        if card.fault is Fault.UNREADABLE:
            raise CardError("CARD-04")
        self._pass(card, ReadPhase.SECURING, progress)
        if not hmac.compare_digest(str(getattr(request.key, "reveal", str)()).encode(), card.person.can.encode()):
            raise CardError("CARD-03")
        self._pass(card, ReadPhase.CHECKING, progress)
        if card.person.expires_on < self._now().date():
            raise CardError("CARD-05")
        self._pass(card, ReadPhase.READING, progress)
        return self._identity(card.person, request)

    def close(self) -> None:
        """Stop the watcher; call it from another thread than the watcher's."""
        self._gone.set()
        self._changes.put(None)
        if self._watcher is not None:
            self._watcher.join()

    def _pass(self, card: _Card, phase: ReadPhase, progress: Callable[[ReadPhase], None]) -> None:
        """One phase of the reading, as long as the card lies there."""
        progress(phase)
        match card.fault:
            case Fault.MUTE:
                self._wait(DEADLINE_S)
                self._still_there(card)
                raise CardError("CARD-06")
            case Fault.REMOVED if phase is ReadPhase.READING:
                self.remove()
            case Fault.SLOW:
                self._wait(SLOW_PHASE_S)
            case _:
                self._wait(PHASE_S)
        self._still_there(card)

    def _still_there(self, card: _Card) -> None:
        if self._card is not card:
            raise CardError("CARD-02")

    def _identity(self, person: Person, request: ReadRequest) -> IdentityData:
        return IdentityData(
            attributes={key: value for key, value in person.attributes.items() if key in request.attributes},
            way=Way.ON_SITE,
            assurance=Assurance.HIGH,
            authenticity=Authenticity.VERIFIED,
            read_at=self._now(),
            expires_on=person.expires_on,
        )

    def _tell(self, changed: Callable[[bool], None]) -> None:
        while (present := self._changes.get()) is not None:
            changed(present)
