"""Whose turn the card reader is: the chosen way owns it, and the next one waits until it is free.

A citizen may turn away from one way and choose another at once, while the first is still ending on its own thread: a
reading that nobody waits for, or an AusweisApp that is being stopped. AusweisApp touches every card even when idle, so
it never runs while this terminal reads a card itself. The watcher (devices/cards/pcsc/watcher.py) needs no turn: it
never connects to a card.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Final

from kiosk.errors import CardError
from kiosk.identity import CardKind, IdentityData, ReadPhase
from kiosk.ports import IdentityReader, ReadRequest

# Longer than AusweisApp takes to end, shorter than the visit waits for a device.
PATIENCE_S: Final = 20.0


class Turns:
    """One card reader's. From any thread."""

    def __init__(self, patience_s: float = PATIENCE_S) -> None:
        self._patience_s = patience_s
        self._taken = threading.Lock()

    @contextmanager
    def turn(self) -> Iterator[None]:
        """The reader for oneself. Raises CardError CARD-21 if another way does not let it go."""
        if not self._taken.acquire(timeout=self._patience_s):
            raise CardError("CARD-21", "another way of identification has the reader")
        try:
            yield
        finally:
            self._taken.release()

    def starting(self, start: Callable[[], AbstractContextManager[int]]) -> Callable[[], AbstractContextManager[int]]:
        """`start`, in a turn that lasts as long as what it starts."""

        @contextmanager
        def started() -> Iterator[int]:
            with self.turn(), start() as port:
                yield port

        return started


class ReaderInTurn:
    """An IdentityReader: `reader`, in a turn for each call."""

    def __init__(self, reader: IdentityReader, turns: Turns) -> None:
        self._reader = reader
        self._turns = turns

    def look(self) -> CardKind:
        """Raises CardError."""
        with self._turns.turn():
            return self._reader.look()

    def read(self, request: ReadRequest, progress: Callable[[ReadPhase], None]) -> IdentityData:
        """Raises CardError."""
        with self._turns.turn():
            return self._reader.read(request, progress)
