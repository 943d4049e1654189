"""Where a card can lie: a real reader's slot (pcsc/) or the one virtual cards are put into (virtual/).

What is read, and how, is the business of the ways; a slot only says whether a card lies there and carries bytes.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol


class CardChannel(Protocol):
    """One connection to the card that lies in the slot; a `Connection` (wire/connection.py) that can be let go."""

    def transmit(self, command: bytes) -> tuple[bytes, int]:
        """One APDU: response data and status word. Raises CardError CARD-01, -02, -06 or -21."""
        ...

    def close(self) -> None:
        """Let the card go without power, so that it forgets every key and selection. Never raises."""


class Slot(Protocol):
    """A place for one card."""

    def watch(self, changed: Callable[[bool], None]) -> None:
        """Call `changed(present)` from a thread of the slot, once now and at every insertion and removal."""

    def connect(self) -> CardChannel:
        """Power the card. Raises CardError CARD-01 (no reader), -02 (no card), -21, -22 or -23."""
        ...

    def close(self) -> None:
        """Stop watching and let the reader go."""
