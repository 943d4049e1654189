"""Signatures and curves: what this program computes itself agrees with the library, and forged curves are refused."""

from __future__ import annotations

from dataclasses import fields, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.cards.crypto.domain_parameters import CURVES as STANDARDISED
from devices.cards.pki.named_curves import (
    BY_NAME,
    CurveNumbers,
    curve_of_numbers,
    curve_of_parameters,
    format_parameters,
    numbers_of,
)
from devices.cards.pki.private_keys import draw_ec_key
from devices.cards.pki.signatures import EcPublicKey, Form, RsaPublicKey, Scheme, is_signed
from tests.devices.cards.pki.refusals import code_of, code_or_none

PLAIN = Scheme(Form.ECDSA_PLAIN, "sha256")
KEYS = {name: draw_ec_key(name) for name in ("secp256r1", "secp521r1", "brainpoolP256r1", "brainpoolP512r1")}


def computed(key: EcPublicKey) -> EcPublicKey:
    """The same key on a curve the library does not know by name."""
    return replace(key, curve=replace(key.curve, name="computed"))


class TestComputed:
    @pytest.mark.parametrize("name", KEYS)
    @pytest.mark.parametrize("hash_name", ["sha1", "sha256", "sha512"])
    def test_a_signature_of_the_library_is_right(self, name, hash_name):
        scheme = replace(PLAIN, hash_name=hash_name)
        signature = KEYS[name].sign(scheme, b"data")
        assert is_signed(computed(KEYS[name].public), scheme, signature, b"data")
        assert not is_signed(computed(KEYS[name].public), scheme, signature, b"date")

    @given(st.binary(min_size=64, max_size=64), st.binary(max_size=20))
    def test_any_signature_is_judged_as_the_library_judges_it(self, signature, data):
        key = KEYS["secp256r1"].public
        assert is_signed(computed(key), PLAIN, signature, data) == is_signed(key, PLAIN, signature, data)

    @pytest.mark.parametrize("number", [0, 1])
    def test_a_number_that_is_zero_or_the_order_is_wrong(self, number):
        key = KEYS["secp256r1"].public
        for wrong in (0, key.curve.order):
            halves = [b"\x01".rjust(32, b"\x00")] * 2
            halves[number] = wrong.to_bytes(32, "big")
            assert not is_signed(computed(key), PLAIN, b"".join(halves), b"")
            assert not is_signed(key, PLAIN, b"".join(halves), b"")

    def test_a_point_beside_the_curve_is_no_key(self):
        key = KEYS["secp256r1"].public
        beside = replace(key, point=key.point[:-1] + bytes([key.point[-1] ^ 1]))
        signature = KEYS["secp256r1"].sign(PLAIN, b"")
        assert not is_signed(computed(beside), PLAIN, signature, b"")
        assert not is_signed(beside, PLAIN, signature, b"")


class TestForms:
    def test_a_signature_in_another_form_is_wrong(self):
        key, der = KEYS["secp256r1"], Scheme(Form.ECDSA_DER, "sha256")
        assert is_signed(key.public, der, key.sign(der, b"x"), b"x")
        assert not is_signed(key.public, PLAIN, key.sign(der, b"x"), b"x")
        assert not is_signed(key.public, der, key.sign(PLAIN, b"x"), b"x")
        assert not is_signed(key.public, Scheme(Form.RSA_PKCS1, "sha256"), key.sign(PLAIN, b"x"), b"x")

    @pytest.mark.parametrize(
        ("modulus", "exponent"),
        [(15, 3), (1 << 1023, 3), ((1 << 9000) + 1, 3), ((1 << 1024) + 1, 1), ((1 << 1024) + 1, (1 << 80) + 1)],
        ids=["short", "even", "long", "exponent 1", "long exponent"],
    )
    def test_numbers_no_rsa_key_has_are_refused(self, modulus, exponent):
        assert code_of(lambda: RsaPublicKey(modulus, exponent)) == "EAC-01"


class TestCurves:
    @pytest.mark.parametrize("name", BY_NAME)
    def test_a_curve_written_out_is_recognised(self, name):
        assert curve_of_parameters(format_parameters(numbers_of(BY_NAME[name]))) == BY_NAME[name]
        assert curve_of_numbers(numbers_of(BY_NAME[name])) == BY_NAME[name]

    @given(st.sampled_from(list(STANDARDISED.values())), st.data())
    def test_a_curve_that_differs_in_any_number_is_refused(self, curve, data):
        numbers = numbers_of(curve)
        name = data.draw(st.sampled_from([item.name for item in fields(CurveNumbers)]))
        value = getattr(numbers, name)
        at = data.draw(st.integers(0, len(value) - 1))
        changed = value[:at] + bytes([value[at] ^ data.draw(st.integers(1, 255))]) + value[at + 1 :]
        assert code_of(lambda: curve_of_numbers(replace(numbers, **{name: changed}))) == "CARD-07"

    def test_another_generator_of_the_same_curve_is_refused(self):
        curve = BY_NAME["secp256r1"]
        twice = curve.multiply(2, curve.generator)
        assert twice is not None
        forged = numbers_of(replace(curve, generator=twice))
        assert code_of(lambda: curve_of_numbers(forged)) == "CARD-07"

    @given(st.binary(max_size=200))
    def test_any_parameters_are_read_or_refused(self, data):
        assert code_or_none(lambda: curve_of_parameters(data)) in (None, "CARD-07")
