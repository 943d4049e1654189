"""A scanner without hardware: it is told what it read."""

from __future__ import annotations

from collections.abc import Callable


class SimulatedScanner:
    """A CodeScanner; `scan` tells the listener from the caller's thread."""

    def __init__(self) -> None:
        self._scanned: Callable[[str], None] | None = None

    def scan(self, text: str) -> None:
        """Read `text`; it is lost if nobody listens, as with a real scanner."""
        if self._scanned is not None:
            self._scanned(text)

    def listen(self, scanned: Callable[[str], None]) -> None:
        self._scanned = scanned

    def close(self) -> None:
        self._scanned = None
