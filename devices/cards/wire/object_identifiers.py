"""Object identifiers as they stand in DER and in APDUs: content bytes, without tag and length (X.690 §8.19)."""

from __future__ import annotations


def encode_oid(dotted: str) -> bytes:
    """Raises ValueError for a text that is none."""
    first, second, *rest = (int(part) for part in dotted.split("."))
    return b"".join(_base_128(arc) for arc in (40 * first + second, *rest))


def _base_128(arc: int) -> bytes:
    digits = [arc & 0x7F]
    while arc := arc >> 7:
        digits.append(arc & 0x7F | 0x80)
    return bytes(reversed(digits))
