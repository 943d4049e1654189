"""A card that was powered and looked at, and what every way makes of it.

A way is handed the card before anything is unlocked. It leaves the card as it is: whoever opened it takes the power
away afterwards, so that the card forgets every key.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from devices.cards.ways.classify import SELECT_MASTER_FILE, SeenCard, classify
from devices.cards.wire.connection import Chained, Connection, Logged, send
from devices.cards.wire.files import FALLBACK_CHUNK, probe_chunk
from kiosk.identity import CardKind, IdentityData, ReadPhase
from kiosk.ports import ReadRequest

Progress = Callable[[ReadPhase], None]


@dataclass(frozen=True, slots=True)
class OpenedCard:
    """`connection` has the master file selected; `chunk` is how many bytes one answer takes, found out by trying."""

    connection: Connection
    seen: SeenCard
    chunk: int


class CardWay(Protocol):
    """One way to read a card over its own protocols."""

    def read(self, card: OpenedCard, request: ReadRequest, progress: Progress) -> IdentityData:
        """From unlocking on; nothing of the holder is given unless the way's proofs held.

        Raises CardError, and EacError for certificates of this terminal that cannot be used.
        """
        ...


def open_card(channel: Connection, *, long_answers: bool = True) -> OpenedCard:
    """Look at a card that was just powered; `long_answers` says whether to try them. Raises what `classify` raises."""
    logged = Logged(channel)
    short = Chained(logged, extended=False)
    seen = classify(short)
    if seen.kind is not CardKind.GERMAN:
        # Looking for a travel document may have left it.
        send(short, SELECT_MASTER_FILE)
    chunk = probe_chunk(logged) if long_answers else FALLBACK_CHUNK
    return OpenedCard(Chained(logged, extended=chunk > FALLBACK_CHUNK), seen, chunk)
