"""The card reader of a terminal: a slot, and the ways by which the card in it may be read.

Rules
  1. Every reading begins with powering the card and looking at it, and ends with taking the power away: the card
     forgets its keys and what was selected, whatever happened.
  2. A card that answers badly before anything was unlocked is powered anew, twice at most: contactless cards need
     that. From unlocking on nothing is ever repeated, least of all after a wrong authentication code.
  3. Readers lie about extended length, and lose the card over it. A card that is powered anew is asked in short
     answers; so is every card after one that was lost in a reading and yet lies there, until the program ends.
  4. A reading ends when nobody waits for it any more, however many answers the card still has.
  5. A CAN, or what is printed, goes from the request into one unlocking and is kept nowhere.

A CardReader is a CardPlace and an IdentityReader (kiosk/ports.py). Who may ask for a reading, and after which
confirmation, is the visit's business.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from devices.cards.slot import CardChannel, Slot
from devices.cards.ways.session_watch import SessionWatch
from kiosk.errors import CardError, EacError
from kiosk.identity import CardKind, IdentityData, ReadPhase, Way
from kiosk.ports import ReadRequest

if TYPE_CHECKING:
    from devices.cards.ways.opened import CardWay, OpenedCard, Progress

ATTEMPTS: Final = 3
# What a card lying badly on the reader causes, and what may be over when it is powered anew.
PASSING: Final = frozenset({"CARD-02", "CARD-04"})
# Less than a visit waits for a device (kiosk/visit/states.py), several times what a slow card takes.
READING_S: Final = 40.0


@dataclass(frozen=True, slots=True)
class _Lying:
    """The powered card, and whether it still knows the session."""

    channel: CardChannel
    card: OpenedCard
    session: SessionWatch


class CardReader:
    """`ways` are those this terminal may use. Looking and reading are for one thread, `close` is for any other.

    `clock` gives seconds.
    """

    def __init__(self, slot: Slot, ways: Mapping[Way, CardWay], *, clock: Callable[[], float] = time.monotonic) -> None:
        self._slot = slot
        self._ways = dict(ways)
        self._clock = clock
        self._long_answers = True
        self._looked_at: CardKind | None = None

    def watch(self, changed: Callable[[bool], None]) -> None:
        """Call `changed(present)` from a thread of the slot, once now and at every insertion and removal."""
        self._slot.watch(changed)

    def look(self) -> CardKind:
        """What kind of card it is. Raises CardError CARD-01, -02, -04, -06, -07 or -21 to -23."""
        lying = self._open()
        lying.channel.close()
        self._looked_at = lying.card.seen.kind
        return self._looked_at

    def read(self, request: ReadRequest, progress: Progress) -> IdentityData:
        """Raises CardError CARD-01 to -16, -21 to -23, -27 or -28; CARD-16 for a way this reader does not have."""
        expected, self._looked_at = self._looked_at, None
        way = self._ways.get(request.way)
        if way is None:
            raise CardError("CARD-16", f"no way {request.way} at this terminal")
        progress(ReadPhase.CONNECTING)
        lying = self._open()
        try:
            with contextlib.closing(lying.channel):
                if request.way is Way.TRAVEL_DOCUMENT and expected not in (None, lying.card.seen.kind):
                    raise CardError("CARD-15", "another kind of card than was looked at")
                return _read(way, lying, request, progress)
        except CardError as error:
            self._suspect(error)
            raise

    def close(self) -> None:
        """Stop watching and let the reader go."""
        self._slot.close()

    def _open(self) -> _Lying:
        """The card, looked at and not unlocked; whoever asked takes its power away."""
        until, long = self._clock() + READING_S, self._long_answers
        for _ in range(ATTEMPTS - 1):
            try:
                return self._look(until, long)
            except CardError as error:
                self._long_answers &= error.code != "CARD-06"
                if error.code not in PASSING:
                    raise
                long = False
        return self._look(until, long)

    def _look(self, until: float, long_answers: bool) -> _Lying:
        # The protocols take 50 ms, which a starting terminal spares.
        from devices.cards.ways.opened import open_card

        channel = self._slot.connect()
        session = SessionWatch(_Bounded(channel, until, self._clock))
        try:
            return _Lying(channel, open_card(session, long_answers=long_answers), session)
        except BaseException:
            channel.close()
            raise

    def _suspect(self, error: CardError) -> None:
        """A card that is still there was not taken away: the reader lost it over a long answer, as far as one knows."""
        if error.code in PASSING and self._long_answers:
            with contextlib.suppress(CardError):
                self._slot.connect().close()
                self._long_answers = False


@dataclass(frozen=True, slots=True)
class _Bounded:
    """A layer that refuses every command after `until`."""

    channel: CardChannel
    until: float
    clock: Callable[[], float]

    def transmit(self, command: bytes) -> tuple[bytes, int]:
        if self.clock() > self.until:
            raise CardError("CARD-06", f"not read in {READING_S:g} s")
        return self.channel.transmit(command)


def _read(way: CardWay, lying: _Lying, request: ReadRequest, progress: Progress) -> IdentityData:
    try:
        return way.read(lying.card, request, progress)
    except EacError as error:
        # Whose signature counts is not known, or what this terminal may do.
        raise CardError("CARD-10" if error.code == "EAC-04" else "CARD-12", str(error)) from error
    except CardError as error:
        if error.code == "CARD-08" and lying.session.forgotten:
            raise CardError("CARD-15", "the card knows nothing of the session") from error
        raise
