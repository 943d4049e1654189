"""Commands go there and back, as short as they can be."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.cards.wire.apdu import Command, parse_command
from kiosk.errors import CardError

BYTES = st.integers(0x00, 0xFF)
LENGTHS = st.none() | st.sampled_from((1, 255, 256, 257, 65535, 65536)) | st.integers(1, 65536)
COMMANDS = st.builds(Command, BYTES, BYTES, BYTES, BYTES, st.binary(max_size=300), LENGTHS)


def parsed(raw: bytes) -> Any:
    """The command, or the code of the error."""
    try:
        return parse_command(raw)
    except CardError as error:
        return error.code


@given(COMMANDS)
def test_what_was_encoded_is_parsed(command: Command) -> None:
    assert parse_command(command.encode()) == command


@given(st.binary(max_size=40))
def test_any_bytes_are_a_command_or_malformed(raw: bytes) -> None:
    command = parsed(raw)
    assert command == "CARD-07" or parsed(command.encode()) == command


@pytest.mark.parametrize(
    ("command", "encoded"),
    [
        (Command(0x00, 0x2C, 0x03, 0x03), "002c0303"),
        (Command(0x00, 0x84, 0x00, 0x00, le=8), "0084000008"),
        (Command(0x00, 0xB0, 0x9C, 0x00, le=256), "00b09c0000"),
        (Command(0x00, 0xB0, 0x9C, 0x00, le=4000), "00b09c00000fa0"),
        (Command(0x00, 0xB0, 0x9C, 0x00, le=65536), "00b09c00000000"),
        (Command(0x00, 0xA4, 0x02, 0x0C, b"\x01\x1e"), "00a4020c02011e"),
        (Command(0x10, 0x86, 0x00, 0x00, b"\x7c\x00", 256), "10860000027c0000"),
        (Command(0x00, 0x86, 0x00, 0x00, b"\x7c\x00", 257), "008600000000027c000101"),
        (Command(0x00, 0x2A, 0x00, 0xBE, bytes(256)), "002a00be000100" + "00" * 256),
        (Command(0x00, 0x2A, 0x00, 0xBE, bytes(256), 256), "002a00be000100" + "00" * 256 + "0100"),
    ],
)
def test_the_short_form_is_used_where_it_fits(command: Command, encoded: str) -> None:
    assert command.encode().hex() == encoded
    assert command.extended == (command.encode()[4:5] == b"\x00" and len(command.encode()) > 5)


@pytest.mark.parametrize(
    "raw",
    ["", "00b000", "00a4020c0201", "00a4020c02011e0000", "00b000000001", "00b00000000000aa"],
)
def test_lengths_that_do_not_add_up_are_refused(raw: str) -> None:
    with pytest.raises(CardError, match="CARD-07"):
        parse_command(bytes.fromhex(raw))


@pytest.mark.parametrize("command", [Command(0, 0, 0, 0, bytes(65536)), Command(0, 0, 0, 0, le=0)])
def test_lengths_that_fit_into_no_command_are_a_mistake_of_ours(command: Command) -> None:
    with pytest.raises(ValueError, match="lengths"):
        command.encode()


def test_data_stand_in_no_repr() -> None:
    assert "481516" not in repr(Command(0x00, 0x2C, 0x02, 0x03, b"481516"))
