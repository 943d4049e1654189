"""The calls of PC/SC that a terminal needs, typed, on pyscard's lowest layer; the only module that imports it.

Rules
  1. Numbers of the library become CardError here (faults.py); whatever outlasts its call is released by its owner.
  2. No deadline is kept here: every call may block as long as the service or a driver likes.
  3. Nothing here polls: pyscard's own monitors do, so they are not used.

A context is for one thread; only `cancel` is for any other.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from types import TracebackType
from typing import Any, Final, Self

from devices.cards.pcsc.faults import (
    CANCELLED,
    NO_READERS_AVAILABLE,
    READER_UNAVAILABLE,
    TIMEOUT,
    UNKNOWN_READER,
    check,
)
from kiosk.errors import CardError

# A name that stands for the list of readers itself: it changes when a reader is plugged in or out.
READER_LIST: Final = "\\\\?PnP?\\Notification"
STATUS_BYTES: Final = 2


def choose_reader(names: Sequence[str], wanted: str | None) -> str | None:
    """The first name that begins as `wanted`; the first of all where nothing is wanted; None if there is none."""
    return next((name for name in names if name.startswith(wanted or "")), None)


@cache
def _library() -> Any:
    """Imported by whoever has a reader: it brings pyscard's other layers along."""
    from smartcard import scard

    return scard


@dataclass(frozen=True, slots=True)
class ReaderState:
    """What is known of a reader: flags, and above them how often a card came or went. 0 where nothing is known."""

    name: str
    word: int = 0

    @property
    def present(self) -> bool:
        return bool(self.word & _library().SCARD_STATE_PRESENT)

    @property
    def in_use(self) -> bool:
        """Whether a program holds the card."""
        return bool(self.word & (_library().SCARD_STATE_INUSE | _library().SCARD_STATE_EXCLUSIVE))

    @property
    def events(self) -> int:
        """Insertions and removals since the reader was plugged in, modulo 2^16."""
        return self.word >> 16

    def events_since(self, earlier: ReaderState) -> int:
        """How many more than then."""
        return (self.events - earlier.events) & 0xFFFF


class ServiceContext:
    """One connection to the service."""

    def __init__(self) -> None:
        """Raises CardError CARD-22 (service down) or CARD-23 (refused)."""
        number, self._handle = _library().SCardEstablishContext(_library().SCARD_SCOPE_SYSTEM)
        check(number, "SCardEstablishContext")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.release()

    def readers(self) -> tuple[str, ...]:
        """Names in the service's order. Raises CardError CARD-22."""
        number, names = _library().SCardListReaders(self._handle, [])
        if number & 0xFFFFFFFF == NO_READERS_AVAILABLE:
            return ()
        check(number, "SCardListReaders")
        return tuple(names)

    def wait(self, known: Sequence[ReaderState], timeout_ms: int) -> tuple[ReaderState, ...]:
        """What is the case as soon as it differs from what is known; nothing after the time, or if it was cut short.

        It is cut short by `cancel` and by readers that are gone. Raises CardError CARD-22.
        """
        states = [(state.name, state.word) for state in known]
        number, changed = _library().SCardGetStatusChange(self._handle, timeout_ms, states)
        if number & 0xFFFFFFFF in (TIMEOUT, CANCELLED, UNKNOWN_READER, READER_UNAVAILABLE):
            return ()
        check(number, "SCardGetStatusChange")
        return tuple(ReaderState(name, word & ~_library().SCARD_STATE_CHANGED) for name, word, _ in changed)

    def connect(self, reader: str) -> PoweredCard:
        """Power the card and share it. Raises CardError CARD-01, -02, -04, -21 or -22."""
        scard = _library()
        protocols = scard.SCARD_PROTOCOL_T0 | scard.SCARD_PROTOCOL_T1
        number, handle, protocol = scard.SCardConnect(self._handle, reader, scard.SCARD_SHARE_SHARED, protocols)
        check(number, "SCardConnect")
        return PoweredCard(handle, protocol)

    def cancel(self) -> None:
        """End a `wait` that has begun. Never raises."""
        _library().SCardCancel(self._handle)

    def release(self) -> None:
        """Never raises."""
        _library().SCardReleaseContext(self._handle)


class PoweredCard:
    """A card that has power, for the thread of its context."""

    def __init__(self, handle: int, protocol: int) -> None:
        self._handle = handle
        self._protocol = protocol

    def begin(self) -> None:
        """Keep other programs away from the card. Blocks while another one does so. Raises CardError."""
        check(_library().SCardBeginTransaction(self._handle), "SCardBeginTransaction")

    def transmit(self, command: bytes) -> tuple[bytes, int]:
        """Response data and status word. Raises CardError CARD-01, -02, -21 or -22."""
        number, answer = _library().SCardTransmit(self._handle, self._protocol, list(command))
        check(number, "SCardTransmit")
        if len(answer) < STATUS_BYTES:
            # Some drivers say so, and no error, when the card is taken away.
            raise CardError("CARD-02", "SCardTransmit: no status word")
        return bytes(answer[:-STATUS_BYTES]), int.from_bytes(bytes(answer[-STATUS_BYTES:]), "big")

    def let_go(self) -> None:
        """Let other programs at the card and take its power away. Never raises."""
        _library().SCardEndTransaction(self._handle, _library().SCARD_LEAVE_CARD)
        _library().SCardDisconnect(self._handle, _library().SCARD_UNPOWER_CARD)
