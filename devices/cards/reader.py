"""The card reader of a terminal: a slot, and the ways by which the card in it may be read.

Rules
  1. Every reading begins with powering the card and looking at it, and ends with taking the power away: the card
     forgets its keys and what was selected, whatever happened.
  2. A card that answers badly before anything was unlocked is powered anew, twice at most: contactless cards need
     that. From unlocking on nothing is ever repeated, least of all after a wrong authentication code.
  3. A CAN, or what is printed, goes from the request into one unlocking and is kept nowhere.

A CardReader is a CardPlace and an IdentityReader (kiosk/ports.py). Who may ask for a reading, and after which
confirmation, is the visit's business.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from devices.cards.slot import CardChannel, Slot
from devices.cards.ways.session_watch import SessionWatch
from kiosk.errors import CardError
from kiosk.identity import CardKind, IdentityData, ReadPhase, Way
from kiosk.ports import ReadRequest

if TYPE_CHECKING:
    from devices.cards.ways.opened import CardWay, OpenedCard, Progress

ATTEMPTS: Final = 3
# What a card lying badly on the reader causes, and what may be over when it is powered anew.
PASSING: Final = frozenset({"CARD-02", "CARD-04"})


@dataclass(frozen=True, slots=True)
class _Lying:
    """The powered card, and whether it still knows the session."""

    channel: CardChannel
    card: OpenedCard
    session: SessionWatch


class CardReader:
    """`ways` are those this terminal may use. Looking and reading are for one thread, `close` is for any other."""

    def __init__(self, slot: Slot, ways: Mapping[Way, CardWay]) -> None:
        self._slot = slot
        self._ways = dict(ways)
        self._looked_at: CardKind | None = None

    def watch(self, changed: Callable[[bool], None]) -> None:
        """Call `changed(present)` from a thread of the slot, once now and at every insertion and removal."""
        self._slot.watch(changed)

    def look(self) -> CardKind:
        """What kind of card it is. Raises CardError CARD-01, -02, -04, -06, -07 or -21 to -23."""
        with self._powered() as lying:
            self._looked_at = lying.card.seen.kind
        return self._looked_at

    def read(self, request: ReadRequest, progress: Progress) -> IdentityData:
        """Raises CardError CARD-01 to -16, -21 to -23, -27 or -28; CARD-16 for a way this reader does not have."""
        expected, self._looked_at = self._looked_at, None
        way = self._ways.get(request.way)
        if way is None:
            raise CardError("CARD-16", f"no way {request.way} at this terminal")
        progress(ReadPhase.CONNECTING)
        with self._powered() as lying:
            if request.way is Way.TRAVEL_DOCUMENT and expected not in (None, lying.card.seen.kind):
                raise CardError("CARD-15", "another kind of card than was looked at")
            return _read(way, lying, request, progress)

    def close(self) -> None:
        """Stop watching and let the reader go."""
        self._slot.close()

    @contextlib.contextmanager
    def _powered(self) -> Iterator[_Lying]:
        """The card, looked at and not unlocked; without power afterwards."""
        lying = self._open()
        try:
            yield lying
        finally:
            lying.channel.close()

    def _open(self) -> _Lying:
        for _ in range(ATTEMPTS - 1):
            try:
                return _look(self._slot.connect())
            except CardError as error:
                if error.code not in PASSING:
                    raise
        return _look(self._slot.connect())


def _look(channel: CardChannel) -> _Lying:
    from devices.cards.ways.opened import open_card  # the protocols take 50 ms, which a starting terminal spares

    session = SessionWatch(channel)
    try:
        return _Lying(channel, open_card(session), session)
    except BaseException:
        channel.close()
        raise


def _read(way: CardWay, lying: _Lying, request: ReadRequest, progress: Progress) -> IdentityData:
    try:
        return way.read(lying.card, request, progress)
    except CardError as error:
        if error.code == "CARD-08" and lying.session.forgotten:
            raise CardError("CARD-15", "the card knows nothing of the session") from error
        raise
