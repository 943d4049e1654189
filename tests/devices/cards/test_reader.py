"""The reader around the ways: power on, look, read, power off, and what is tried again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest

from devices.cards.reader import ATTEMPTS, READING_S, CardReader
from devices.cards.virtual.faults import Fault
from devices.cards.virtual.slot import VirtualSlot
from devices.cards.ways.opened import OpenedCard, Progress
from devices.cards.wire.apdu import parse_command
from devices.cards.wire.files import FALLBACK_CHUNK, select_master_file
from kiosk.errors import CardError, EacError
from kiosk.identity import (
    Assurance,
    Authenticity,
    CardKind,
    IdentityData,
    ReadPhase,
    Secret,
    Way,
)
from kiosk.ports import CardPlace, IdentityReader, ReadRequest

NOW = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)
NOTHING = IdentityData({}, Way.ON_SITE, Assurance.HIGH, Authenticity.VERIFIED, NOW)
ON_SITE = ReadRequest(Way.ON_SITE, Secret("123456"), frozenset())
TRAVEL = ReadRequest(Way.TRAVEL_DOCUMENT, Secret("123456"), frozenset())


@dataclass
class OtherWay:
    """A way that does what it is told: give nothing, or fail."""

    code: str = ""
    cards: list[OpenedCard] = field(default_factory=list)

    def read(self, card: OpenedCard, request: ReadRequest, progress: Progress) -> IdentityData:
        self.cards.append(card)
        if self.code:
            raise CardError(self.code)
        return NOTHING


@dataclass
class TakenAway:
    """A way in which the card is taken away."""

    slot: VirtualSlot
    chunks: list[int] = field(default_factory=list)

    def read(self, card: OpenedCard, request: ReadRequest, progress: Progress) -> IdentityData:
        self.chunks.append(card.chunk)
        self.slot.remove()
        raise CardError("CARD-02")


@dataclass
class BadContact:
    """A slot whose card fails in its first commands as often as it is told."""

    slot: VirtualSlot
    codes: list[str]
    opened: int = 0
    closed: int = 0

    def watch(self, changed: Callable[[bool], None]) -> None:
        self.slot.watch(changed)

    def connect(self) -> BadChannel:
        self.opened += 1
        return BadChannel(self)

    def close(self) -> None:
        self.slot.close()


class BadChannel:
    def __init__(self, contact: BadContact) -> None:
        self._contact = contact
        self._channel = contact.slot.connect()

    def transmit(self, command: bytes) -> tuple[bytes, int]:
        if self._contact.codes:
            raise CardError(self._contact.codes.pop(0))
        return self._channel.transmit(command)

    def close(self) -> None:
        self._contact.closed += 1
        self._channel.close()


@pytest.fixture
def contact() -> BadContact:
    slot = VirtualSlot(wait=lambda seconds: None, today=NOW.date)
    slot.insert("erika")
    return BadContact(slot, [])


@pytest.fixture
def way() -> OtherWay:
    return OtherWay()


@pytest.fixture
def reader(contact, way) -> CardReader:
    return CardReader(contact, {Way.ON_SITE: way, Way.TRAVEL_DOCUMENT: way})


def refused(call: Callable[[], object]) -> str:
    with pytest.raises(CardError) as caught:
        call()
    return caught.value.code


def test_it_keeps_both_ports(reader):
    place: CardPlace = reader
    identity: IdentityReader = reader
    assert place is identity


def test_looking_leaves_the_card_without_power(reader, contact):
    assert reader.look() is CardKind.GERMAN
    assert (contact.opened, contact.closed) == (1, 1)


def test_a_way_gets_the_card_looked_at_and_the_card_loses_power_afterwards(reader, contact, way):
    phases: list[ReadPhase] = []
    assert reader.read(ON_SITE, phases.append) is NOTHING
    assert way.cards[0].seen.kind is CardKind.GERMAN
    assert phases == [ReadPhase.CONNECTING]
    assert (contact.opened, contact.closed) == (1, 1)


def test_the_card_loses_power_after_a_failure_too(reader, contact, way):
    way.code = "CARD-09"
    assert refused(lambda: reader.read(ON_SITE, print)) == "CARD-09"
    assert (contact.opened, contact.closed) == (1, 1)


@pytest.mark.parametrize("code", ["CARD-02", "CARD-04"])
def test_bad_contact_is_tried_again_twice_at_most(reader, contact, code):
    contact.codes[:] = [code] * (ATTEMPTS - 1)
    assert reader.read(ON_SITE, print) is NOTHING
    contact.codes[:] = [code] * ATTEMPTS
    assert refused(lambda: reader.read(ON_SITE, print)) == code
    assert contact.opened == contact.closed == 2 * ATTEMPTS


@pytest.mark.parametrize("code", ["CARD-01", "CARD-06", "CARD-07", "CARD-21"])
def test_other_failures_are_not_tried_again(reader, contact, code):
    contact.codes[:] = [code]
    assert refused(lambda: reader.read(ON_SITE, print)) == code
    assert contact.opened == contact.closed == 1


@pytest.mark.parametrize("code", ["CARD-02", "CARD-03", "CARD-04", "CARD-08"])
def test_from_unlocking_on_nothing_is_tried_again(reader, way, code):
    way.code = code
    assert refused(lambda: reader.read(ON_SITE, print)) == code
    assert len(way.cards) == 1


def test_a_way_the_terminal_does_not_have(contact):
    reader = CardReader(contact, {})
    assert refused(lambda: reader.read(ON_SITE, print)) == "CARD-16"
    assert contact.opened == 0


def test_another_kind_of_card_than_was_looked_at(reader, contact):
    contact.slot.insert("zofia")
    assert reader.look() is CardKind.PASSPORT
    contact.slot.insert("wannes")
    assert refused(lambda: reader.read(TRAVEL, print)) == "CARD-15"


def test_a_look_counts_for_one_reading(reader, contact):
    contact.slot.insert("zofia")
    reader.look()
    reader.read(TRAVEL, print)
    contact.slot.insert("wannes")
    assert reader.read(TRAVEL, print) is NOTHING


def test_on_site_staff_saw_the_card_that_is_read(reader, contact):
    contact.slot.insert("zofia")
    reader.look()
    contact.slot.insert("erika")
    assert reader.read(ON_SITE, print) is NOTHING


def test_an_unreadable_card_is_unreadable_to_every_way(reader, contact):
    contact.slot.insert("erika", Fault.UNREADABLE)
    assert refused(reader.look) == "CARD-04"
    assert refused(lambda: reader.read(TRAVEL, print)) == "CARD-04"


@dataclass
class LyingReader:
    """A slot whose reader loses the card over every command of extended length."""

    slot: VirtualSlot

    def watch(self, changed: Callable[[bool], None]) -> None:
        self.slot.watch(changed)

    def connect(self) -> LyingChannel:
        return LyingChannel(self)

    def close(self) -> None:
        self.slot.close()


class LyingChannel:
    """After an error it is of no use, as a channel over PC/SC."""

    def __init__(self, reader: LyingReader) -> None:
        self._channel = reader.slot.connect()
        self._broken = False

    def transmit(self, command: bytes) -> tuple[bytes, int]:
        self._broken |= parse_command(command).extended
        if self._broken:
            raise CardError("CARD-02", "SCardTransmit: 80100016")
        return self._channel.transmit(command)

    def close(self) -> None:
        self._channel.close()


def test_a_reader_that_loses_the_card_over_a_long_command_is_used_with_short_ones(contact):
    reader = CardReader(LyingReader(contact.slot), {})
    assert reader.look() is CardKind.GERMAN
    assert reader.look() is CardKind.GERMAN


def test_a_reader_that_loses_the_card_over_a_long_answer_is_used_with_short_ones(contact, way):
    reader = CardReader(contact, {Way.ON_SITE: way})
    way.code = "CARD-02"
    assert refused(lambda: reader.read(ON_SITE, print)) == "CARD-02"
    way.code = ""
    assert reader.read(ON_SITE, print) is NOTHING
    assert way.cards[0].chunk > way.cards[1].chunk == FALLBACK_CHUNK


def test_a_bad_contact_says_nothing_against_long_answers(reader, contact, way):
    contact.codes[:] = ["CARD-02"]
    for _ in range(2):
        reader.read(ON_SITE, print)
    assert way.cards[0].chunk == FALLBACK_CHUNK < way.cards[1].chunk


def test_a_card_taken_away_says_nothing_against_long_answers(contact):
    taken = TakenAway(contact.slot)
    reader = CardReader(contact, {Way.ON_SITE: taken})
    for _ in range(2):
        contact.slot.insert("erika")
        assert refused(lambda: reader.read(ON_SITE, print)) == "CARD-02"
    assert min(taken.chunks) > FALLBACK_CHUNK


@pytest.mark.parametrize(("code", "said"), [("EAC-04", "CARD-10"), ("EAC-01", "CARD-12"), ("EAC-03", "CARD-12")])
@pytest.mark.parametrize("request_", [ON_SITE, TRAVEL])
def test_certificates_that_cannot_be_used_are_said_as_what_they_mean_for_the_card(contact, code, said, request_):
    class Uncertified:
        def read(self, card: OpenedCard, request: ReadRequest, progress: Progress) -> IdentityData:
            raise EacError(code, "no list")

    reader = CardReader(contact, dict.fromkeys(Way, Uncertified()))
    with pytest.raises(CardError, match="no list") as caught:
        reader.read(request_, print)
    assert caught.value.code == said


def test_a_reading_for_which_nobody_waits_any_more_is_ended(contact):
    seconds = iter(range(1000))

    class Endless:
        def read(self, card: OpenedCard, request: ReadRequest, progress: Progress) -> IdentityData:
            while True:
                select_master_file(card.connection)

    reader = CardReader(contact, {Way.ON_SITE: Endless()}, clock=lambda: next(seconds))
    assert refused(lambda: reader.read(ON_SITE, print)) == "CARD-06"
    assert contact.opened == contact.closed == 1
    assert next(seconds) > READING_S


def test_no_card_at_all(reader, contact):
    contact.slot.remove()
    assert refused(reader.look) == "CARD-02"
