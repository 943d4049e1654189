"""Groups that a card writes out in numbers: they are standardised ones, or they are not supported.

Rules
  1. A curve is taken for a known one only if field, both coefficients, generator, order and cofactor are the same.
  2. Nothing is computed with numbers that a card brought along.

Formats: ECParameters and named curves (RFC 3279 §2.3.5), DomainParameters (RFC 3279 §2.3.3), DHParameter (PKCS #3).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, TypeVar

from devices.cards.crypto.curves import Curve
from devices.cards.crypto.domain_parameters import CURVE_OIDS, CURVES, MODULI, Modulus
from devices.cards.wire import tlv
from devices.cards.wire.tlv import Tlv
from kiosk.errors import CardError

INTEGER: Final = 0x02
OCTETS: Final = 0x04
OBJECT_IDENTIFIER: Final = 0x06
SEQUENCE: Final = 0x30
PRIME_FIELD: Final = bytes.fromhex("2A8648CE3D0101")
FEWEST_CURVE_FIELDS: Final = 5

_Found = TypeVar("_Found", Curve, Modulus)


def parse_parameters(data: bytes) -> Curve | Modulus:
    """From the DER that stands behind the algorithm's identifier.

    Raises CardError CARD-16 for a group that is not known here, CARD-07 for malformed parameters.
    """
    outer, rest = tlv.first(data)
    if rest:
        raise CardError("CARD-07", "parameters of a group")
    if outer.tag == OBJECT_IDENTIFIER:
        return _known([curve for curve in CURVES.values() if curve.name == CURVE_OIDS.get(outer.value)])
    if outer.tag != SEQUENCE:
        raise CardError("CARD-07", "parameters of a group")
    fields = tlv.parse(outer.value)
    if len(fields) > 1 and fields[1].tag == SEQUENCE:
        return _curve(fields)
    return _modulus(fields)


def _curve(fields: tuple[Tlv, ...]) -> Curve:
    if len(fields) < FEWEST_CURVE_FIELDS or tlv.need(fields[1].value, OBJECT_IDENTIFIER) != PRIME_FIELD:
        raise CardError("CARD-16", "curve that is not over a prime field")
    p = int.from_bytes(tlv.need(fields[1].value, INTEGER), "big")
    a, b = (int.from_bytes(item.value, "big") for item in _several(tlv.parse(fields[2].value)[:2], OCTETS))
    order, cofactor = _integer(fields[4]), _integer(fields[5]) if len(fields) > FEWEST_CURVE_FIELDS else 1
    numbers = p, a, b, order, cofactor
    base = fields[3].value
    return _known([c for c in CURVES.values() if (c.p, c.a, c.b, c.order, 1) == numbers and base in _encodings(c)])


def _encodings(curve: Curve) -> tuple[bytes, bytes]:
    """The generator, uncompressed and compressed."""
    x, y = (coordinate.to_bytes(curve.length, "big") for coordinate in curve.generator)
    return b"\x04" + x + y, bytes([2 + (y[-1] & 1)]) + x


def _modulus(fields: tuple[Tlv, ...]) -> Modulus:
    """p and generator, and in one of both formats the order; the other has the length of a private key there."""
    p, generator, *more = (_integer(item) for item in _several(fields, INTEGER)[:3])
    found = [item for item in MODULI.values() if (item.p, item.generator) == (p, generator)]
    return _known([item for item in found if not more or more[0] in (item.q, item.q.bit_length())])


def _several(fields: tuple[Tlv, ...], tag: int) -> tuple[Tlv, ...]:
    """The first fields, as many as have the tag. Raises CardError CARD-07 for fewer than two."""
    if len(fields) < 2 or any(item.tag != tag for item in fields[:2]):
        raise CardError("CARD-07", "parameters of a group")
    return tuple(item for item in fields if item.tag == tag)


def _integer(field: Tlv) -> int:
    if field.tag != INTEGER:
        raise CardError("CARD-07", "parameters of a group")
    return int.from_bytes(field.value, "big")


def _known(found: Sequence[_Found]) -> _Found:
    if not found:
        raise CardError("CARD-16", "unknown group")
    return found[0]
