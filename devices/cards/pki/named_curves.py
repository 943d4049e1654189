"""Curves of certificates: written out as a rule, and taken only for the named curve they equal in every number.

Certificates of travel documents and card-verifiable ones carry parameters instead of a curve's name (ICAO 9303-12
§4.4, TR-03110-3 D.3.3). A curve that differs from a named one in a single number, its generator for instance
(CVE-2020-0601), is refused.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from devices.cards.crypto.curves import Curve
from devices.cards.crypto.domain_parameters import CURVES
from devices.cards.crypto.explicit_parameters import PRIME_FIELD, parse_parameters
from devices.cards.wire import tlv
from kiosk.errors import CardError

SEQUENCE, INTEGER, OCTETS, OID = 0x30, 0x02, 0x04, 0x06
ONE: Final = b"\x01"
BY_NAME: Final = {curve.name: curve for curve in CURVES.values()}


@dataclass(frozen=True, slots=True)
class CurveNumbers:
    """Domain parameters as they are carried: big-endian numbers, the generator as an encoded point."""

    p: bytes
    a: bytes
    b: bytes
    generator: bytes
    order: bytes


def numbers_of(curve: Curve) -> CurveNumbers:
    """As certificates carry them; the order is as long as a field element on all our curves."""
    p, a, b, x, y, order = (
        number.to_bytes(curve.length, "big") for number in (curve.p, curve.a, curve.b, *curve.generator, curve.order)
    )
    return CurveNumbers(p, a, b, b"\x04" + x + y, order)


def curve_of_numbers(numbers: CurveNumbers) -> Curve:
    """Raises CardError CARD-07 for parameters of no named curve."""
    return curve_of_parameters(format_parameters(numbers))


def curve_of_parameters(parameters: bytes) -> Curve:
    """From ECParameters in DER, a name or written out. Raises CardError CARD-07 for any curve but a named one."""
    try:
        found = parse_parameters(parameters)
    except CardError as error:
        raise CardError("CARD-07", f"domain parameters: {error.detail}") from None
    if not isinstance(found, Curve):
        raise CardError("CARD-07", "domain parameters of no curve")
    return found


def format_parameters(numbers: CurveNumbers) -> bytes:
    """ECParameters written out (RFC 3279 §2.3.5), in DER."""
    field = tlv.encode(OID, PRIME_FIELD) + _integer(numbers.p)
    coefficients = tlv.encode_all((OCTETS, numbers.a), (OCTETS, numbers.b))
    return tlv.encode(
        SEQUENCE,
        tlv.encode_all((INTEGER, ONE), (SEQUENCE, field), (SEQUENCE, coefficients), (OCTETS, numbers.generator))
        + _integer(numbers.order)
        + tlv.encode(INTEGER, ONE),
    )


def _integer(number: bytes) -> bytes:
    """Of a positive number with or without leading zeros."""
    shortest = number.lstrip(b"\x00") or b"\x00"
    return tlv.encode(INTEGER, (b"\x00" if shortest[0] & 0x80 else b"") + shortest)
