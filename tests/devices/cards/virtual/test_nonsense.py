"""A virtual card answers whatever it is sent with a status word, as a plastic one does."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from devices.cards.protocols.passwords import PasswordKind
from devices.cards.wire.apdu import Command
from devices.cards.wire.connection import send

GET_RESPONSE = 0xC0
KNOWN = [0xA4, 0xB0, 0xB1, 0x22, 0x86, 0x2A, 0x84, 0x82, 0x88, 0x2C, 0x44, 0x04, GET_RESPONSE]
SETTINGS = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
OBJECTS = st.builds(
    lambda tag, value: tag + bytes([len(value)]) + value,
    st.sampled_from([b"\x80", b"\x83", b"\x84", b"\x7c", b"\x81", b"\x85", b"\x91", b"\x54", b"\x7f\x4c"]),
    st.binary(max_size=70),
)
DATA = st.one_of(st.binary(max_size=80), st.lists(OBJECTS, max_size=3).map(b"".join))
COMMANDS = st.builds(
    Command,
    st.sampled_from([0x00, 0x10, 0x0C, 0x1C]),
    st.sampled_from(KNOWN),
    st.sampled_from([0x00, 0x02, 0x03, 0x04, 0x10, 0x41, 0x81, 0x82, 0xC1]),
    st.sampled_from([0x00, 0x03, 0x0C, 0xA4, 0xA6, 0xB6, 0xBE]),
    DATA,
    st.sampled_from([None, 1, 256, 65536]),
)


def answered(connection, command: Command) -> None:
    data, status = send(connection, command)
    assert isinstance(data, bytes)
    assert 0x6100 <= status <= 0x9FFF


@SETTINGS
@given(raw=st.binary(max_size=60))
def test_any_bytes_are_answered(meet, raw):
    data, status = meet("zofia").card.transmit(raw)
    assert isinstance(data, bytes)
    assert 0x6100 <= status <= 0x9FFF


@SETTINGS
@given(commands=st.lists(COMMANDS, max_size=8))
@pytest.mark.parametrize("person", ["erika", "zofia"])
def test_any_commands_are_answered(make, person, commands):
    card = make(person)
    card.power_on()
    for command in commands:
        answered(card, command)


@SETTINGS
@given(commands=st.lists(COMMANDS.filter(lambda command: not command.cla and command.ins != GET_RESPONSE), max_size=4))
def test_any_commands_are_answered_within_a_channel(meet, commands):
    connection = meet("erika").unlock(PasswordKind.CAN).connection
    for command in commands:
        answered(connection, command)
