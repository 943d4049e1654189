"""BER-TLV data objects as cards speak them (ISO/IEC 7816-4 §5.2.2).

Rules
  1. Definite lengths of up to three length bytes; what is longer, or of indefinite length, is malformed.
  2. Whatever the bytes are, parsing ends in objects or in CardError CARD-07; no value stands in a repr.

What a tag means is the caller's business: 00 and FF are no filling here, who expects filling strips it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from kiosk.errors import CardError

LONGEST_TAG: Final = 4
MOST_LENGTH_BYTES: Final = 3


@dataclass(frozen=True, slots=True)
class Tlv:
    """One data object. `tag` is the number its bytes make, big-endian: 0x7F49."""

    tag: int
    value: bytes = field(repr=False)


def parse(data: bytes) -> tuple[Tlv, ...]:
    """All objects of one level, to the last byte. Raises CardError CARD-07."""
    found, position = [], 0
    while position < len(data):
        item, position = _read(data, position)
        found.append(item)
    return tuple(found)


def first(data: bytes) -> tuple[Tlv, bytes]:
    """The first object and the bytes behind it. Raises CardError CARD-07."""
    item, position = _read(data, 0)
    return item, data[position:]


def whole_length(head: bytes) -> int:
    """Bytes of the object whose tag and length begin `head`, these two included. Raises CardError CARD-07."""
    _, begin, length = _read_head(head, 0)
    return begin + length


def find(data: bytes, tag: int) -> bytes | None:
    """Value of the first object with that tag on this level. Raises CardError CARD-07."""
    return next((item.value for item in parse(data) if item.tag == tag), None)


def need(data: bytes, *tags: int) -> bytes:
    """Value at the end of a path of nested tags. Raises CardError CARD-07 if one of them is not there."""
    for tag in tags:
        value = find(data, tag)
        if value is None:
            raise CardError("CARD-07", f"data object {tag:X} is missing")
        data = value
    return data


def encode(tag: int, value: bytes) -> bytes:
    """One data object, its length in as few bytes as it needs. At most 16 MiB, else ValueError."""
    length = len(value)
    if length < 0x80:
        head = bytes([length])
    else:
        count = (length.bit_length() + 7) // 8
        if count > MOST_LENGTH_BYTES:
            raise ValueError("data object of more than 16 MiB")
        head = bytes([0x80 | count]) + length.to_bytes(count, "big")
    return tag.to_bytes(max(1, (tag.bit_length() + 7) // 8), "big") + head + value


def encode_all(*pairs: tuple[int, bytes]) -> bytes:
    """Data objects one behind the other."""
    return b"".join(encode(tag, value) for tag, value in pairs)


def _read(data: bytes, position: int) -> tuple[Tlv, int]:
    tag, begin, length = _read_head(data, position)
    end = begin + length
    if end > len(data):
        raise CardError("CARD-07", "data object is cut off")
    return Tlv(tag, data[begin:end]), end


def _read_head(data: bytes, position: int) -> tuple[int, int, int]:
    """Tag, where the value begins, and how long it is."""
    begin = _end_of_tag(data, position)
    tag = int.from_bytes(data[position:begin], "big")
    if begin >= len(data):
        raise CardError("CARD-07", "data object without a length")
    length, begin = data[begin], begin + 1
    if length < 0x80:
        return tag, begin, length
    count = length & 0x7F
    if not 1 <= count <= MOST_LENGTH_BYTES or begin + count > len(data):
        raise CardError("CARD-07", "length of a data object")
    return tag, begin + count, int.from_bytes(data[begin : begin + count], "big")


def _end_of_tag(data: bytes, position: int) -> int:
    if position >= len(data):
        raise CardError("CARD-07", "no data object")
    end = position + 1
    if data[position] & 0x1F != 0x1F:
        return end
    while end < len(data) and end - position < LONGEST_TAG:
        end += 1
        if not data[end - 1] & 0x80:
            return end
    raise CardError("CARD-07", "tag of a data object")
