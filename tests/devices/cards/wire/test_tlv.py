"""Data objects go there and back; whatever else comes ends in one error."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.cards.wire import tlv
from devices.cards.wire.tlv import Tlv
from kiosk.errors import CardError

ONE_BYTE = st.integers(0x00, 0xFF).filter(lambda tag: tag & 0x1F != 0x1F)
TWO_BYTES = st.builds(lambda head, number: (head | 0x1F) << 8 | number, st.integers(0, 0xFF), st.integers(0x01, 0x7F))
TAGS = ONE_BYTE | TWO_BYTES | st.just(0x7FC101)
OBJECTS = st.lists(st.tuples(TAGS, st.binary(max_size=300)), max_size=6)


def code_of(data: bytes) -> str | None:
    try:
        tlv.parse(data)
    except CardError as error:
        return error.code
    return None


@given(OBJECTS)
def test_what_was_encoded_is_parsed(pairs: list[tuple[int, bytes]]) -> None:
    assert tlv.parse(tlv.encode_all(*pairs)) == tuple(Tlv(tag, value) for tag, value in pairs)


@given(st.binary(max_size=200))
def test_any_bytes_are_objects_or_malformed(data: bytes) -> None:
    assert code_of(data) in (None, "CARD-07")


@given(OBJECTS.filter(bool), st.data())
def test_a_cut_is_noticed(pairs: list[tuple[int, bytes]], draw: st.DataObject) -> None:
    whole = tlv.encode_all(*pairs)
    start = len(whole) - len(tlv.encode(*pairs[-1]))
    assert code_of(whole[: draw.draw(st.integers(start + 1, len(whole) - 1))]) == "CARD-07"


@pytest.mark.parametrize(
    ("length", "head"),
    [(0, "00"), (127, "7f"), (128, "8180"), (255, "81ff"), (256, "820100"), (65535, "82ffff"), (65536, "83010000")],
)
def test_a_length_takes_as_few_bytes_as_it_needs(length: int, head: str) -> None:
    encoded = tlv.encode(0x87, bytes(length))
    assert encoded[1 : len(encoded) - length].hex() == head
    assert tlv.parse(encoded) == (Tlv(0x87, bytes(length)),)
    assert tlv.whole_length(encoded[:5]) == len(encoded)


def test_a_length_may_take_more_bytes_than_it_needs() -> None:
    assert tlv.parse(bytes.fromhex("8700 8783000001ff")) == (Tlv(0x87, b""), Tlv(0x87, b"\xff"))


def test_an_object_beyond_sixteen_mebibytes_is_a_mistake_of_ours() -> None:
    with pytest.raises(ValueError, match="16 MiB"):
        tlv.encode(0x87, bytes(1 << 24))


@pytest.mark.parametrize(
    "data",
    [
        "87",
        "8702",
        "870201",
        "8781",
        "878201",
        "8780",
        "87840000000101",
        "7f",
        "7f49",
        "7f81",
        "7fc1c1c101",
        "7fffffff",
        "1f8181810100",
    ],
    ids=lambda data: data,
)
def test_malformed_objects_are_refused(data: str) -> None:
    assert code_of(bytes.fromhex(data)) == "CARD-07"


def test_the_first_object_comes_with_the_rest() -> None:
    assert tlv.first(bytes.fromhex("8101aa9000")) == (Tlv(0x81, b"\xaa"), b"\x90\x00")
    with pytest.raises(CardError, match="CARD-07"):
        tlv.first(b"")


def test_a_path_of_tags_leads_to_a_value() -> None:
    data = tlv.encode(0x7F49, tlv.encode(0x06, b"oid") + tlv.encode(0x86, b"point"))
    assert tlv.need(data, 0x7F49, 0x86) == b"point"
    assert tlv.find(data, 0x86) is None
    assert tlv.need(data) == data


def test_of_two_objects_with_one_tag_the_first_is_found() -> None:
    assert tlv.find(tlv.encode_all((0x87, b"one"), (0x87, b"two")), 0x87) == b"one"


def test_a_missing_object_is_named_and_nothing_else() -> None:
    with pytest.raises(CardError) as refusal:
        tlv.need(tlv.encode(0x7C, tlv.encode(0x80, b"MUSTERMANN")), 0x7C, 0x86)
    assert str(refusal.value) == "CARD-07: data object 86 is missing"


def test_a_value_stands_in_no_repr() -> None:
    assert "MUSTERMANN" not in repr(Tlv(0x5A, b"MUSTERMANN"))
