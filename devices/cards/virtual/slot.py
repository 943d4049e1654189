"""A slot without hardware: test persons' cards are put into and taken out of it from another thread.

Rules
  1. A card is made when it is first spoken to, and keeps its counters as long as the slot lives.
  2. All waiting goes through one callable, so that a test waits for nothing; the default ends at once when the card
     is taken away.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from queue import SimpleQueue
from typing import Final

from devices.cards.people import PEOPLE, Person, load_people
from devices.cards.pki.making import SpecimenPki, make_specimen_pki
from devices.cards.virtual.card import VirtualCard
from devices.cards.virtual.chip_time import thinking_time_s
from devices.cards.virtual.faults import Fault
from devices.cards.virtual.making import make_card
from kiosk.errors import CardError

DEADLINE_S: Final = 5.0


@dataclass(frozen=True, slots=True, eq=False)
class _Placed:
    """A card that was put down once; the same card put down again is another of these."""

    person: Person
    fault: Fault | None


class VirtualSlot:
    """A Slot. `wait(seconds)` replaces every pause; `today` is the day on which cards are made."""

    def __init__(
        self,
        people_dir: Path = PEOPLE,
        *,
        wait: Callable[[float], object] | None = None,
        today: Callable[[], date] = lambda: datetime.now(UTC).date(),
        pki: Callable[[], SpecimenPki] | None = None,
    ) -> None:
        """`pki` gives who signs the cards, and is asked once; without it a PKI is made that nobody else knows.

        Raises ConfigError if the test persons are malformed.
        """
        self.people = load_people(people_dir)
        self._gone = threading.Event()
        self._wait = wait or self._gone.wait
        self._today = today
        self._pki = cache(pki or (lambda: make_specimen_pki(today())))
        self._lock = threading.Lock()
        self._placed: _Placed | None = None
        self._cards: dict[tuple[str, Fault | None], VirtualCard] = {}
        self._changes: SimpleQueue[bool | None] = SimpleQueue()
        self._watcher: threading.Thread | None = None

    def insert(self, person: str, fault: Fault | None = None) -> None:
        """Put a person's card in, in place of any other. Raises KeyError for an unknown person. From any thread."""
        placed = _Placed(self.people[person], fault)
        with self._lock:
            self._take_away()
            self._gone.clear()
            self._placed = placed
            self._changes.put(True)

    def remove(self) -> None:
        """Take the card away; nothing happens where none lies. From any thread."""
        with self._lock:
            self._take_away()

    def watch(self, changed: Callable[[bool], None]) -> None:
        """Calls from the slot's own thread, in the order things happened. At most one watcher."""
        with self._lock:
            self._changes = SimpleQueue()  # what happened before is told as one
            self._changes.put(self._placed is not None)
        self._watcher = threading.Thread(target=self._tell, args=(changed,), name="virtual-slot", daemon=True)
        self._watcher.start()

    def connect(self) -> VirtualChannel:
        """Power the card; it is made now if it is new. Raises CardError CARD-02."""
        placed = self._placed
        if placed is None:
            raise CardError("CARD-02")
        return VirtualChannel(self, placed, self._card(placed))

    def close(self) -> None:
        """Stop the watcher; call it from another thread than the watcher's."""
        self._gone.set()
        self._changes.put(None)
        if self._watcher is not None:
            self._watcher.join()

    def pause(self, placed: _Placed, seconds: float) -> None:
        """Wait as long as the card lies there. Raises CardError CARD-02 if it does no more."""
        self._wait(seconds)
        if self._placed is not placed:
            raise CardError("CARD-02")

    def _take_away(self) -> None:
        """With the lock held."""
        if self._placed is None:
            return
        self._placed = None
        self._gone.set()
        self._changes.put(False)

    def _card(self, placed: _Placed) -> VirtualCard:
        key = (placed.person.id, placed.fault)
        if key not in self._cards:
            self._cards[key] = make_card(placed.person, placed.fault, today=self._today(), pki=self._pki())
        return self._cards[key]

    def _tell(self, changed: Callable[[bool], None]) -> None:
        while (present := self._changes.get()) is not None:
            changed(present)


class VirtualChannel:
    """A CardChannel, for the one thread that connected."""

    def __init__(self, slot: VirtualSlot, placed: _Placed, card: VirtualCard) -> None:
        self._slot = slot
        self._placed = placed
        self._card = card
        card.reset()

    def transmit(self, command: bytes) -> tuple[bytes, int]:
        """Raises CardError CARD-02 or, after the deadline, CARD-06."""
        self._slot.pause(self._placed, thinking_time_s(command, self._placed.fault))
        try:
            return self._card.transmit(command)
        except CardError as error:
            if error.code == "CARD-06":
                self._slot.pause(self._placed, DEADLINE_S)
            elif self._placed.fault is Fault.REMOVED:
                self._slot.remove()
            raise

    def close(self) -> None:
        """Take the power away."""
        self._card.power_off()
