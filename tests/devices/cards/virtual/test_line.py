"""What stands between the reader and a virtual chip: short and extended length, chaining, GET RESPONSE."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.cards.virtual.line import ChipLine
from devices.cards.wire.apdu import Command, parse_command

GET_RESPONSE = bytes.fromhex("00C0000000")


class Echo:
    """A chip that answers with what it was told, and remembers the commands."""

    def __init__(self, status: int = 0x9000) -> None:
        self.commands: list[Command] = []
        self._status = status

    def __call__(self, raw: bytes) -> tuple[bytes, int]:
        command = parse_command(raw)
        self.commands.append(command)
        return command.data, self._status


def gathered(line: ChipLine, data: bytes, status: int) -> tuple[bytes, int]:
    while status >> 8 == 0x61:
        assert len(data) <= 256 * 200
        more, status = line.transmit(GET_RESPONSE)
        data += more
    return data, status


def test_a_short_command_goes_through():
    line = ChipLine(Echo(), extended=False)
    assert line.transmit(Command(0, 0xCA, 1, 2, b"hello", 256).encode()) == (b"hello", 0x9000)


def test_an_extended_command_goes_through_whole():
    line = ChipLine(Echo(), extended=True)
    assert line.transmit(Command(0, 0xCA, 1, 2, bytes(3000), 65536).encode()) == (bytes(3000), 0x9000)


def test_a_card_without_extended_length_says_so():
    chip = Echo()
    line = ChipLine(chip, extended=False)
    assert line.transmit(Command(0, 0xCA, 1, 2, bytes(300)).encode()) == (b"", 0x6700)
    assert line.transmit(Command(0, 0xB0, 0, 0, le=4000).encode()) == (b"", 0x6700)
    assert chip.commands == []


def test_what_is_no_command_is_of_wrong_length():
    line = ChipLine(Echo(), extended=True)
    for raw in (b"", b"\x00", b"\x00\xa4\x00", bytes.fromhex("00A4040003AA")):
        assert line.transmit(raw) == (b"", 0x6700)


def test_an_answer_longer_than_a_short_command_takes_is_fetched():
    line = ChipLine(lambda raw: (bytes(600), 0x6282), extended=True)
    data, status = line.transmit(bytes.fromhex("00B0000000"))
    assert (len(data), status) == (256, 0x61FF)
    data, status = line.transmit(GET_RESPONSE)
    assert (len(data), status) == (256, 0x6158)
    data, status = line.transmit(bytes.fromhex("00C0000058"))
    assert (len(data), status) == (88, 0x6282)


def test_there_is_nothing_to_fetch_after_another_command():
    line = ChipLine(lambda raw: (bytes(300) if raw[1] == 0xB0 else b"", 0x9000), extended=True)
    assert line.transmit(bytes.fromhex("00B0000000"))[1] == 0x612C
    assert line.transmit(bytes.fromhex("00A4000C")) == (b"", 0x9000)
    assert line.transmit(GET_RESPONSE) == (b"", 0x6985)


@given(st.lists(st.binary(min_size=1, max_size=255), min_size=1, max_size=5))
def test_parts_are_joined_to_one_command(parts):
    chip = Echo()
    line = ChipLine(chip, extended=False)
    for part in parts[:-1]:
        assert line.transmit(Command(0x10, 0x2A, 0, 0xBE, part).encode()) == (b"", 0x9000)
    data, status = line.transmit(Command(0x00, 0x2A, 0, 0xBE, parts[-1]).encode())
    assert gathered(line, data, status) == (b"".join(parts), 0x9000)
    assert [command.cla for command in chip.commands] == [0x00]


def test_a_secured_chain_keeps_its_class():
    chip = Echo()
    line = ChipLine(chip, extended=False)
    line.transmit(Command(0x1C, 0x2A, 0, 0xBE, bytes(200)).encode())
    line.transmit(Command(0x0C, 0x2A, 0, 0xBE, bytes(200), 256).encode())
    assert [(command.cla, len(command.data)) for command in chip.commands] == [(0x0C, 400)]


def test_another_command_breaks_a_chain():
    chip = Echo()
    line = ChipLine(chip, extended=False)
    line.transmit(Command(0x10, 0x2A, 0, 0xBE, b"part").encode())
    assert line.transmit(Command(0x00, 0xB0, 0, 0, le=4).encode()) == (b"", 0x6985)
    assert line.transmit(Command(0x00, 0x2A, 0, 0xBE, b"new").encode()) == (b"new", 0x9000)


def test_a_chain_does_not_grow_without_end():
    line = ChipLine(Echo(), extended=True)
    part = Command(0x10, 0x2A, 0, 0xBE, bytes(60_000)).encode()
    assert line.transmit(part) == (b"", 0x9000)
    assert line.transmit(part) == (b"", 0x6700)


@pytest.mark.parametrize("cla", [0x10, 0x1C])
def test_each_step_of_a_protocol_is_answered(cla):
    chip = Echo()
    line = ChipLine(chip, extended=False)
    assert line.transmit(Command(cla, 0x86, 0, 0, b"\x7c\x00", 256).encode()) == (b"\x7c\x00", 0x9000)
    assert line.transmit(Command(cla, 0x86, 0, 0, b"\x7c\x01", 256).encode()) == (b"\x7c\x01", 0x9000)
