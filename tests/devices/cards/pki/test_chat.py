"""Rights of a terminal, as bits and as bytes."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.cards.pki.chat import (
    ROLE_AUTHENTICATION_TERMINAL,
    ROLE_INSPECTION_SYSTEM,
    Chat,
    HolderRole,
    chat_for,
    parse_chat,
    read_right,
)
from devices.cards.wire import tlv
from kiosk.errors import CardError


def published(vectors: Any, certificate: str) -> Chat:
    return parse_chat(tlv.need(vectors("eac2_ecdh")["terminal_authentication"][certificate]["chat"], 0x7F4C))


def test_published_rights_are_read(vectors: Any) -> None:
    terminal = published(vectors, "terminal_certificate")
    assert (terminal.holder, terminal.rights, terminal.can_allowed) == (HolderRole.TERMINAL, 0x110, True)
    assert [number for number in range(1, 23) if terminal.may_read(number)] == [1]
    verifier = published(vectors, "dv_certificate")
    assert verifier.holder is HolderRole.DOMESTIC_DOCUMENT_VERIFIER
    assert published(vectors, "cvca_certificate").holder is HolderRole.CVCA


@pytest.mark.parametrize("certificate", ["terminal_certificate", "dv_certificate", "cvca_certificate"])
def test_published_rights_are_built(vectors: Any, certificate: str) -> None:
    expected = vectors("eac2_ecdh")["terminal_authentication"][certificate]["chat"]
    assert published(vectors, certificate).encode() == expected


def test_only_what_was_asked_for_is_in_it() -> None:
    chat = chat_for((4, 5, 8, 17), can_allowed=True)
    assert [number for number in range(1, 23) if chat.may_read(number)] == [4, 5, 8, 17]
    assert chat.can_allowed
    assert not chat_for((4,)).can_allowed
    assert chat.encode()[-5:] == bytes.fromhex("0001009810")


def test_both_must_allow() -> None:
    verifier = Chat(ROLE_AUTHENTICATION_TERMINAL, 2 << 38 | read_right(4) | read_right(5))
    effective = chat_for((5, 6)).narrowed(verifier)
    assert effective == chat_for((5,))
    assert verifier.narrowed(chat_for((4,))).holder is HolderRole.DOMESTIC_DOCUMENT_VERIFIER


def test_terminals_of_different_kinds_share_no_rights() -> None:
    with pytest.raises(CardError) as refusal:
        chat_for((4,)).narrowed(Chat(ROLE_INSPECTION_SYSTEM, 0x03))
    assert refusal.value.code == "CARD-13"


def test_an_inspection_systems_bits_are_no_data_groups() -> None:
    inspection = Chat(ROLE_INSPECTION_SYSTEM, 0x3F)
    assert not inspection.can_allowed
    assert not any(inspection.may_read(number) for number in range(1, 23))


@pytest.mark.parametrize("number", [0, 23])
def test_there_is_no_such_data_group(number: int) -> None:
    with pytest.raises(ValueError, match="data groups"):
        read_right(number)


def parsed(content: bytes) -> Chat | str:
    try:
        return parse_chat(content)
    except CardError as error:
        return error.code


@given(st.binary(max_size=40))
def test_no_bytes_raise_anything_else(data: bytes) -> None:
    role = tlv.encode(0x06, ROLE_AUTHENTICATION_TERMINAL)
    for content in (data, role + data, role + tlv.encode(0x53, data)):
        chat = parsed(content)
        assert chat == "CARD-07" or parsed(tlv.need(chat.encode(), 0x7F4C)) == chat
