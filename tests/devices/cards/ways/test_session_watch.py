"""A card that answers a secured command in clear shares no keys with this terminal."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from devices.cards.ways.session_watch import SessionWatch

SECURED_READ = bytes.fromhex("0CB08100 0D 97010100 8E08 0000000000000000 00".replace(" ", ""))
PLAIN_READ = bytes.fromhex("00B09C0000")


@dataclass
class Answering:
    """A card that answers everything the same."""

    data: bytes
    status: int

    def transmit(self, command: bytes) -> tuple[bytes, int]:
        return self.data, self.status


@pytest.mark.parametrize("status", [0x6988, 0x6987, 0x6982, 0x6E00, 0x6F00])
def test_a_plain_refusal_of_a_secured_command_is_noticed(status):
    watch = SessionWatch(Answering(b"", status))
    assert watch.transmit(SECURED_READ) == (b"", status)
    assert watch.forgotten


def test_a_refusal_that_is_secured_itself_is_an_ordinary_one():
    watch = SessionWatch(Answering(bytes.fromhex("99026A828E080000000000000000"), 0x6A82))
    watch.transmit(SECURED_READ)
    assert not watch.forgotten


def test_a_plain_refusal_of_a_plain_command_is_an_ordinary_one():
    watch = SessionWatch(Answering(b"", 0x6982))
    watch.transmit(PLAIN_READ)
    assert not watch.forgotten


@pytest.mark.parametrize("status", [0x9000, 0x6100, 0x6C10, 0x6700])
def test_what_is_said_about_lengths_is_no_refusal(status):
    watch = SessionWatch(Answering(b"", status))
    watch.transmit(SECURED_READ)
    assert not watch.forgotten


def test_what_was_noticed_stays():
    card = Answering(b"", 0x6988)
    watch = SessionWatch(card)
    watch.transmit(SECURED_READ)
    card.status = 0x9000
    watch.transmit(SECURED_READ)
    assert watch.forgotten
