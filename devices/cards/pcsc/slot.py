"""The slot of a real card reader, over PC/SC."""

from __future__ import annotations

from collections.abc import Callable

from devices.cards.pcsc.channel import DEADLINE_S, PcscChannel
from devices.cards.pcsc.watcher import CardWatcher


class PcscSlot:
    """A Slot: the first reader whose name begins as `reader_name`, or the first of all.

    Names as `pcscd` gives them, which end in numbers that depend on what else is plugged in. Every answer of a card
    has `deadline_s`. Making a slot asks nothing of the service.
    """

    def __init__(self, reader_name: str | None = None, deadline_s: float = DEADLINE_S) -> None:
        self._reader_name = reader_name
        self._deadline_s = deadline_s
        self._watcher: CardWatcher | None = None

    def watch(self, changed: Callable[[bool], None]) -> None:
        """Call `changed(present)` from the watcher's thread, once now and at every insertion and removal. Once only."""
        self._watcher = CardWatcher(self._reader_name, changed)

    def connect(self) -> PcscChannel:
        """Power the card. Raises CardError CARD-01, -02, -04 (a card without an answer), -21, -22 or -23."""
        return PcscChannel(self._reader_name, self._deadline_s)

    def close(self) -> None:
        """Stop watching; a channel is closed by whoever connected. From any thread but the watcher's."""
        if self._watcher is not None:
            self._watcher.close()
