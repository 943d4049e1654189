"""The online way, made with the first citizen who chooses it: a starting terminal does not wait for it (60 ms)."""

from __future__ import annotations

from collections.abc import Callable

from kiosk.errors import CardError
from kiosk.identity import Attribute, IdentityData, ReadPhase
from kiosk.online import OnlineAnswer, OnlineQuestion
from kiosk.ports import OnlineIdentity


class LateOnline:
    """An OnlineIdentity. `make` is called once, on the thread that identifies."""

    def __init__(self, make: Callable[[], OnlineIdentity]) -> None:
        self._make = make
        self._way: OnlineIdentity | None = None
        self._abandoned = False

    def identify(
        self,
        attributes: frozenset[Attribute],
        ask: Callable[[OnlineQuestion], None],
        progress: Callable[[ReadPhase], None],
    ) -> IdentityData:
        """Raises CardError."""
        if self._way is None:
            self._abandoned = False
            self._way = self._make()
            if self._abandoned:
                raise CardError("CARD-26")
        return self._way.identify(attributes, ask, progress)

    def answer(self, answer: OnlineAnswer) -> None:
        """From any thread."""
        if self._way is not None:
            self._way.answer(answer)

    def abandon(self) -> None:
        """From any thread; a way that is just being made ends too."""
        self._abandoned = True
        if self._way is not None:
            self._way.abandon()
