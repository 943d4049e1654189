"""What a simulated AusweisApp sees of a card: its counters, and whether a PIN, CAN or PUK was right.

One kind of card is mere numbers, as here; the other lies in a slot and is spoken to (slot_card.py).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final, Protocol

from devices.cards.protocols.passwords import PasswordKind
from devices.cards.ways.online.sealed_result import EidResult

if TYPE_CHECKING:
    from devices.cards.people import Person

PIN_TRIES: Final = 3
PUK_USES: Final = 10


@dataclass(frozen=True, slots=True)
class CardState:
    """`resumed`: the CAN was right, so the last try is open. `inoperative`: the PUK was used up."""

    tries_left: int = PIN_TRIES
    deactivated: bool = False
    inoperative: bool = False
    resumed: bool = False

    def asks(self) -> str:
        """Which secret the card wants next, as AusweisApp's message is called."""
        if self.tries_left == 0:
            return "ENTER_PUK"
        return "ENTER_CAN" if self.tries_left == 1 and not self.resumed else "ENTER_PIN"

    def described(self) -> dict[str, Any]:
        """The member `card` of AusweisApp's message READER."""
        return {
            "deactivated": self.deactivated,
            "inoperative": self.inoperative,
            "retryCounter": self.tries_left,
        }


class EidCard(Protocol):
    """A card on the reader. Used from AusweisApp's one thread."""

    def state(self) -> CardState | None:
        """Its counters now; None where no card lies there, or none with an eID application. Never raises."""
        ...

    def enter(self, kind: PasswordKind, digits: str) -> EidResult | None:
        """Try a secret; what the eID server then reads, where it was the right PIN. Raises CardError."""
        ...

    def leave(self) -> None:
        """Let the card go without power; nothing happens where it was let go."""


@dataclass(slots=True)
class SimulatedCard:
    """A person's card of mere numbers, which may be set."""

    person: Person
    now: Callable[[], datetime] = field(repr=False)
    deactivated: bool = False
    tries_left: int = PIN_TRIES
    puk_uses: int = PUK_USES
    resumed: bool = False

    def state(self) -> CardState:
        """Never None: this one always lies there."""
        return CardState(self.tries_left, self.deactivated, not self.puk_uses, self.resumed)

    def enter(self, kind: PasswordKind, digits: str) -> EidResult | None:
        """Never raises."""
        match kind:
            case PasswordKind.PIN:
                return self._enter_pin(digits)
            case PasswordKind.CAN:
                self.resumed = digits == self.person.can
            case PasswordKind.PUK if digits == self.person.puk and self.puk_uses:
                self.puk_uses -= 1
                self.tries_left = PIN_TRIES
        return None

    def leave(self) -> None:
        """Nothing is held."""

    def _enter_pin(self, digits: str) -> EidResult | None:
        right = digits == self.person.pin
        self.tries_left = PIN_TRIES if right else self.tries_left - 1
        self.resumed = False
        return EidResult(self.person.attributes, True, self.now(), self.person.expires_on) if right else None
