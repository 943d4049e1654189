"""A slot whose cards another program sees too, as AusweisApp sees every card on every reader."""

from __future__ import annotations

from collections.abc import Callable

from devices.cards.slot import CardChannel, Slot


class SharedSlot:
    """A Slot. Who shares it is told first, from the slot's thread."""

    def __init__(self, slot: Slot) -> None:
        self._slot = slot
        self._present = False
        self._told: Callable[[bool], None] = lambda present: None

    def share(self, told: Callable[[bool], None]) -> None:
        """Call `told(present)` too, once now and from now on; for one other program."""
        self._told = told
        told(self._present)

    def watch(self, changed: Callable[[bool], None]) -> None:
        """Call `changed(present)` from a thread of the slot, once now and at every insertion and removal."""

        def both(present: bool) -> None:
            self._present = present
            self._told(present)
            changed(present)

        self._slot.watch(both)

    def connect(self) -> CardChannel:
        """Raises what the slot raises."""
        return self._slot.connect()

    def close(self) -> None:
        """Stop watching and let the slot go."""
        self._slot.close()
