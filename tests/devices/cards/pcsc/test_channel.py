"""Commands go to a card and back over a real pcscd, and every way this can end is named. Needs root (unshare)."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from smartcard import scard

from devices.cards.pcsc.channel import PcscChannel
from devices.cards.pcsc.slot import PcscSlot
from devices.cards.wire.connection import Logged
from kiosk.errors import CardError
from tests.devices.cards.namespaces import alone
from tests.devices.cards.pcsc.plastic import (
    BE_MUTE,
    FIRST,
    LEAVE,
    PATIENCE_S,
    SECOND,
    SECOND_PORT,
    Plastic,
    echo,
    listening,
    lying,
    until_the_service_knows,
)
from tests.devices.cards.running_service import RunningService, refusing_service

SHORT_DEADLINE_S = 0.3


@contextmanager
def reader_with(card: Plastic, port: int | None = None) -> Iterator[None]:
    """The service knows of the card."""
    with listening(FIRST if port is None else SECOND) as heard:
        assert heard.next() is False
        with lying(card) if port is None else lying(card, port):
            assert heard.next() is True
            yield
        assert heard.next() is False


def code_of(slot: PcscSlot) -> str:
    """Why there is no card."""
    with pytest.raises(CardError) as refused:
        slot.connect()
    return refused.value.code


def answer_code(channel: PcscChannel, command: bytes) -> str:
    """Why there is no answer."""
    with pytest.raises(CardError) as refused:
        channel.transmit(command)
    return refused.value.code


@alone
@pytest.mark.parametrize("length", [0, 1, 255, 256, 4000, 65000])
def test_a_command_of_any_length_is_answered(length: int) -> None:
    data = bytes(number % 251 for number in range(length))
    with RunningService(), reader_with(Plastic()):
        channel = PcscSlot().connect()
        assert channel.transmit(echo(data)) == (data, 0x9000)
        channel.close()


@alone
def test_a_closed_card_has_no_power_and_is_powered_anew() -> None:
    card = Plastic()
    with RunningService(), reader_with(card):
        for _ in range(2):
            channel = PcscSlot().connect()
            assert channel.transmit(echo(b"?")) == (b"?", 0x9000)
            while not card.power.empty():
                card.power.get()
            channel.close()
            assert card.power.get(timeout=PATIENCE_S) == "off"


@alone
def test_a_closed_channel_says_so_and_may_be_closed_again() -> None:
    with RunningService(), reader_with(Plastic()):
        channel = PcscSlot().connect()
        channel.close()
        channel.close()
        assert answer_code(channel, echo(b"")) == "CARD-02"


@alone
def test_a_card_taken_away_in_the_middle_is_gone_and_the_next_one_is_read() -> None:
    with RunningService(), listening() as heard:
        assert heard.next() is False
        with lying(Plastic()):
            assert heard.next() is True
            channel = PcscSlot().connect()
            assert answer_code(channel, LEAVE) == "CARD-02"
            assert answer_code(channel, echo(b"")) == "CARD-02"
            channel.close()
            assert heard.next() is False
        until_the_service_knows(events=2)
        with lying(Plastic()):
            assert heard.next() is True
            channel = PcscSlot().connect()
            assert channel.transmit(echo(b"next")) == (b"next", 0x9000)
            channel.close()
        assert heard.next() is False
        assert heard.silent()


@alone
def test_a_card_taken_away_between_two_commands_is_gone() -> None:
    with RunningService(), listening() as heard:
        assert heard.next() is False
        with lying(Plastic()):
            assert heard.next() is True
            channel = PcscSlot().connect()
        assert heard.next() is False
        assert answer_code(channel, echo(b"")) == "CARD-02"
        channel.close()


@alone
def test_a_mute_card_is_given_up_at_the_deadline_and_the_next_one_is_read() -> None:
    with RunningService(), listening() as heard:
        assert heard.next() is False
        with lying(Plastic()):
            assert heard.next() is True
            channel = PcscSlot(deadline_s=SHORT_DEADLINE_S).connect()
            assert answer_code(channel, BE_MUTE) == "CARD-06"
            assert answer_code(channel, echo(b"")) == "CARD-06"
            channel.close()
        assert heard.next() is False
        until_the_service_knows(events=2)
        with lying(Plastic()):
            assert heard.next() is True
            channel = PcscSlot().connect()
            assert channel.transmit(echo(b"next")) == (b"next", 0x9000)
            channel.close()
        assert heard.next() is False
        assert heard.silent()


@alone
def test_a_card_held_exclusively_is_not_to_be_had() -> None:
    with RunningService(), reader_with(Plastic()), held_exclusively(FIRST):
        assert code_of(PcscSlot()) == "CARD-21"


@alone
def test_a_card_in_anothers_transaction_is_not_to_be_had_until_it_is_let_go() -> None:
    with RunningService(), reader_with(Plastic()):
        other = PcscSlot().connect()
        assert code_of(PcscSlot(deadline_s=SHORT_DEADLINE_S)) == "CARD-21"
        assert other.transmit(echo(b"mine")) == (b"mine", 0x9000)
        other.close()
        channel = PcscSlot().connect()
        assert channel.transmit(echo(b"now mine")) == (b"now mine", 0x9000)
        channel.close()


@alone
def test_each_reader_has_its_own_card() -> None:
    with RunningService(), reader_with(Plastic(), SECOND_PORT):
        assert code_of(PcscSlot(FIRST)) == "CARD-02"
        channel = PcscSlot(SECOND).connect()
        assert channel.transmit(echo(b"second")) == (b"second", 0x9000)
        channel.close()


@alone
def test_a_card_that_does_not_say_what_it_is_cannot_be_read() -> None:
    with RunningService(), reader_with(Plastic(atr=b"\x00\x00")):
        assert code_of(PcscSlot()) == "CARD-04"


@alone
def test_what_is_missing_is_named(tmp_path) -> None:
    assert code_of(PcscSlot()) == "CARD-22"
    with refusing_service():
        assert code_of(PcscSlot()) == "CARD-23"
    with RunningService(tmp_path):
        assert code_of(PcscSlot()) == "CARD-01"
    with RunningService():
        assert code_of(PcscSlot("Cherry")) == "CARD-01"
        assert code_of(PcscSlot()) == "CARD-02"


@alone
def test_a_service_killed_in_the_middle_is_named_and_its_successor_is_used() -> None:
    with RunningService() as service:
        with reader_with(Plastic()):
            channel = PcscSlot().connect()
            service.kill()
            assert answer_code(channel, echo(b"")) == "CARD-22"
            channel.close()
        service.start()
        with reader_with(Plastic()):
            channel = PcscSlot().connect()
            assert channel.transmit(echo(b"again")) == (b"again", 0x9000)
            channel.close()


@alone
def test_nothing_of_what_is_said_is_logged(caplog) -> None:
    caplog.set_level(logging.DEBUG, logger="kiosk.cards")
    with RunningService(), reader_with(Plastic()):
        channel = PcscSlot().connect()
        assert Logged(channel).transmit(echo(b"500540")) == (b"500540", 0x9000)
        with pytest.raises(CardError) as refused:
            channel.transmit(LEAVE + bytes([6]) + b"500540")
        channel.close()
    said = caplog.text + repr(refused.value)
    assert "INS E0" in said
    assert "500540" not in said
    assert b"500540".hex().upper() not in said.upper()


@contextmanager
def held_exclusively(reader: str) -> Iterator[None]:
    """By another program."""
    _, context = scard.SCardEstablishContext(scard.SCARD_SCOPE_SYSTEM)
    number, card, _ = scard.SCardConnect(context, reader, scard.SCARD_SHARE_EXCLUSIVE, scard.SCARD_PROTOCOL_T1)
    assert number == scard.SCARD_S_SUCCESS
    yield
    scard.SCardDisconnect(card, scard.SCARD_LEAVE_CARD)
    scard.SCardReleaseContext(context)
