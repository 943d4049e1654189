"""A group written out in numbers is a known one with all its numbers, or none."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.cards.crypto.curves import Curve
from devices.cards.crypto.domain_parameters import CURVE_OIDS, CURVES, MODULI
from devices.cards.crypto.groups import group_of_parameters, standard_group
from devices.cards.wire import tlv
from kiosk.errors import CardError

PRIME_FIELD = bytes.fromhex("2A8648CE3D0101")


def integer(value: int) -> bytes:
    return tlv.encode(0x02, value.to_bytes(value.bit_length() // 8 + 1, "big"))


def sequence(*items: bytes) -> bytes:
    return tlv.encode(0x30, b"".join(items))


def base_point(curve: Curve, compressed: bool) -> bytes:
    x, y = (coordinate.to_bytes(curve.length, "big") for coordinate in curve.generator)
    return bytes([2 + (y[-1] & 1)]) + x if compressed else b"\x04" + x + y


def written_out(
    curve: Curve, *, compressed: bool = False, cofactor: int | None = 1, field: bytes = PRIME_FIELD
) -> bytes:
    coefficients = (tlv.encode(0x04, value.to_bytes(curve.length, "big")) for value in (curve.a, curve.b))
    return sequence(
        integer(1),
        sequence(tlv.encode(0x06, field), integer(curve.p)),
        sequence(*coefficients, tlv.encode(0x03, b"\x00seed")),
        tlv.encode(0x04, base_point(curve, compressed)),
        integer(curve.order),
        b"" if cofactor is None else integer(cofactor),
    )


def code_of(data: bytes) -> str | None:
    try:
        group_of_parameters(data)
    except CardError as error:
        return error.code
    return None


@pytest.mark.parametrize("parameter_id", CURVES)
def test_a_known_curve_is_recognised_however_it_is_written(parameter_id: int) -> None:
    curve = CURVES[parameter_id]
    oid = next(oid for oid, name in CURVE_OIDS.items() if name == curve.name)
    for data in (
        written_out(curve),
        written_out(curve, compressed=True),
        written_out(curve, cofactor=None),
        tlv.encode(0x06, oid),
    ):
        assert group_of_parameters(data) == standard_group(parameter_id)


@pytest.mark.parametrize("parameter_id", CURVES)
def test_a_curve_with_one_other_number_is_not_supported(parameter_id: int) -> None:
    """Another generator is how a forged curve lets everybody know a private key (CVE-2020-0601)."""
    curve = CURVES[parameter_id]
    x, y = curve.generator
    for other in (
        replace(curve, p=curve.p + 2),
        replace(curve, a=curve.a - 1),
        replace(curve, b=curve.b - 1),
        replace(curve, generator=(x, curve.p - y)),
        replace(curve, order=curve.order + 2),
    ):
        assert code_of(written_out(other)) == "CARD-16"
    assert code_of(written_out(curve, cofactor=2)) == "CARD-16"
    assert code_of(written_out(curve, field=bytes.fromhex("2A8648CE3D0102"))) == "CARD-16"


@pytest.mark.parametrize("parameter_id", MODULI)
def test_a_known_modulus_is_recognised_in_both_formats(parameter_id: int) -> None:
    modulus = MODULI[parameter_id]
    p, q, generator = integer(modulus.p), integer(modulus.q), integer(modulus.generator)
    for data in (
        sequence(p, generator),
        sequence(p, generator, q),
        sequence(p, generator, integer(modulus.q.bit_length())),
    ):
        assert group_of_parameters(data) == standard_group(parameter_id)
    for data in (sequence(p, integer(4), q), sequence(p, generator, integer(11)), sequence(integer(23), generator)):
        assert code_of(data) == "CARD-16"


@pytest.mark.parametrize(
    "data",
    [b"", b"\x05\x00", b"\x30\x00", b"\x30\x03\x02\x01\x01", b"\x06\x01\x2a\x00", b"\x30\x06\x02\x01\x01\x04\x01\x01"],
)
def test_malformed_parameters_are_refused(data: bytes) -> None:
    assert code_of(data) == "CARD-07"


@given(st.binary(max_size=200))
def test_any_bytes_are_refused(data: bytes) -> None:
    assert code_of(data) in ("CARD-07", "CARD-16")


@given(st.sampled_from(list(CURVES)), st.data())
def test_a_changed_byte_never_makes_another_group(parameter_id: int, draw: st.DataObject) -> None:
    data = bytearray(written_out(CURVES[parameter_id]))
    data[draw.draw(st.integers(0, len(data) - 1))] = draw.draw(st.integers(0, 255))
    try:
        found = group_of_parameters(bytes(data))
    except CardError as error:
        found = error.code
    assert found in ("CARD-07", "CARD-16", standard_group(parameter_id))
