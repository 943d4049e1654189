"""Active authentication with RSA and with curves, and clones."""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from hypothesis import given
from hypothesis import strategies as st

from devices.cards.crypto.groups import EcGroup, standard_group
from devices.cards.pki.algorithms import RSA_ENCRYPTION
from devices.cards.protocols.active_authentication import (
    ChipActiveAuthentication,
    EcSigningKey,
    EcVerificationKey,
    parse_verification_key,
    run_active_authentication,
)
from devices.cards.protocols.iso_9796_2 import RsaKey, sign_recovering, verify_recovering
from devices.cards.protocols.security_infos import ActiveAuthenticationInfo, encode_integer, standard_algorithm
from devices.cards.wire import tlv
from devices.cards.wire.apdu import parse_command
from devices.cards.wire.object_identifiers import encode_oid
from kiosk.errors import CardError

HASHES = ("sha1", "sha224", "sha256", "sha384", "sha512")
ECDSA = dict(zip(HASHES, (encode_oid(f"0.4.0.127.0.7.1.1.4.1.{arc}") for arc in range(1, 6)), strict=True))


@cache
def rsa_pair(bits: int) -> tuple[RsaKey, RsaKey]:
    numbers = rsa.generate_private_key(public_exponent=65537, key_size=bits).private_numbers()
    return RsaKey(numbers.public_numbers.n, 65537), RsaKey(numbers.public_numbers.n, numbers.d)


def curve(parameter_id: int) -> EcGroup:
    group = standard_group(parameter_id)
    assert isinstance(group, EcGroup)
    return group


class Chip:
    """A chip that does active authentication and nothing else."""

    def __init__(self, side: ChipActiveAuthentication, tamper: Any = lambda answer: answer) -> None:
        self.side, self.tamper = side, tamper
        self.le: int | None = None

    def transmit(self, command: bytes) -> tuple[bytes, int]:
        parsed = parse_command(command)
        assert (parsed.ins, parsed.p1, parsed.p2, len(parsed.data)) == (0x88, 0, 0, 8)
        self.le = parsed.le
        answer = self.tamper(self.side.answer(parsed.data))
        return answer, 0x9000


def code_of(chip: Chip, key: Any) -> str:
    with pytest.raises(CardError) as refusal:
        run_active_authentication(chip, key)
    return refusal.value.code


@pytest.mark.parametrize("name", HASHES)
@pytest.mark.parametrize("bits", [1280, 3072])
def test_a_chip_with_an_rsa_key_is_genuine(name: str, bits: int) -> None:
    public, private = rsa_pair(bits)
    run_active_authentication(Chip(ChipActiveAuthentication(private, name)), public)


@pytest.mark.parametrize("name", HASHES)
@pytest.mark.parametrize("parameter_id", [12, 13])
def test_a_chip_with_a_curves_key_is_genuine(name: str, parameter_id: int) -> None:
    group = curve(parameter_id)
    key = EcVerificationKey(group, group.public(4711), name)
    run_active_authentication(Chip(ChipActiveAuthentication(EcSigningKey(group, 4711), name)), key)


@pytest.mark.long
@pytest.mark.parametrize("name", HASHES)
@pytest.mark.parametrize("parameter_id", [15, 16, 17, 18])
def test_a_chip_with_a_key_of_any_curve_is_genuine(name: str, parameter_id: int) -> None:
    test_a_chip_with_a_curves_key_is_genuine(name, parameter_id)


def test_a_clone_with_another_key_is_refused() -> None:
    (public, _), (_, other) = rsa_pair(1280), rsa_pair(1281)
    assert code_of(Chip(ChipActiveAuthentication(other, "sha256")), public) == "CARD-09"
    group = curve(13)
    key = EcVerificationKey(group, group.public(4711), "sha256")
    assert code_of(Chip(ChipActiveAuthentication(EcSigningKey(group, 4712), "sha256")), key) == "CARD-09"


def test_a_clone_that_repeats_an_old_signature_is_refused() -> None:
    public, private = rsa_pair(1280)
    old = ChipActiveAuthentication(private, "sha1").answer(bytes(8))
    assert code_of(Chip(ChipActiveAuthentication(private, "sha1"), lambda answer: old), public) == "CARD-09"


@pytest.mark.parametrize("answer", [b"", b"\x00", bytes(64), bytes(160), b"\xff" * 160])
def test_an_answer_that_is_no_signature_is_refused(answer: bytes) -> None:
    public, private = rsa_pair(1280)
    assert code_of(Chip(ChipActiveAuthentication(private, "sha1"), lambda _answer: answer), public) == "CARD-09"
    group = curve(13)
    key = EcVerificationKey(group, group.public(4711), "sha256")
    side = ChipActiveAuthentication(EcSigningKey(group, 4711), "sha256")
    assert code_of(Chip(side, lambda _answer: answer), key) == "CARD-09"


def test_another_hash_than_announced_is_refused() -> None:
    group = curve(13)
    key = EcVerificationKey(group, group.public(4711), "sha256")
    assert code_of(Chip(ChipActiveAuthentication(EcSigningKey(group, 4711), "sha1")), key) == "CARD-09"


@pytest.mark.parametrize("name", HASHES)
def test_a_signature_holds_for_one_message_only(name: str) -> None:
    public, private = rsa_pair(1280)
    signature = sign_recovering(private, b"challenge", name, lambda length: bytes(length))
    assert verify_recovering(public, signature, b"challenge")
    assert not verify_recovering(public, signature, b"challengf")
    assert not verify_recovering(public, signature[:-1], b"challenge")
    assert not verify_recovering(public, b"\x00" + signature, b"challenge")


@pytest.mark.parametrize("name", HASHES)
def test_the_smaller_of_both_roots_is_a_signature_too(name: str) -> None:
    """ISO/IEC 9796-2 B.4, which inspection systems should take (ICAO 9303-11 §6.1.2.2)."""
    public, private = rsa_pair(1280)
    signature = sign_recovering(private, b"challenge", name, lambda length: bytes(length))
    other = (public.modulus - int.from_bytes(signature, "big")).to_bytes(public.length, "big")
    assert verify_recovering(public, other, b"challenge")
    assert not verify_recovering(public, other, b"challengf")


@pytest.mark.parametrize(("bits", "le"), [(1280, 256), (1792, 256), (1800, 65536), (2048, 65536), (3072, 65536)])
def test_a_long_signature_is_asked_for_with_extended_length(bits: int, le: int) -> None:
    """Secured, more than 1792 bits do not fit into a short answer (ICAO 9303-11 §6.1.4)."""
    public, private = rsa_pair(bits)
    chip = Chip(ChipActiveAuthentication(private, "sha256"))
    run_active_authentication(chip, public)
    assert chip.le == le


@given(st.binary(min_size=160, max_size=160))
def test_no_random_signature_holds(plain: bytes) -> None:
    """A public exponent of one lets the plain text be chosen: what a forger would need a trailer and hash for."""
    key = RsaKey(1 << 1279 | 1, 1)
    assert not verify_recovering(key, plain[:-1] + b"\xbc", b"challenge")
    assert not verify_recovering(key, b"\x6a" + plain[1:-2] + b"\x34\xcc", b"challenge")


def public_key_info(algorithm: bytes, key: bytes) -> bytes:
    return tlv.encode(0x30, tlv.encode(0x30, algorithm) + tlv.encode(0x03, b"\x00" + key))


RSA_ALGORITHM = tlv.encode(0x06, RSA_ENCRYPTION) + b"\x05\x00"


def rsa_key(modulus: int, exponent: int) -> bytes:
    return tlv.encode(0x30, encode_integer(modulus) + encode_integer(exponent))


class TestDataGroup15:
    def test_an_rsa_key_is_read(self) -> None:
        public, _ = rsa_pair(1280)
        data = public_key_info(RSA_ALGORITHM, rsa_key(public.modulus, public.exponent))
        assert parse_verification_key(data, None) == public

    def test_a_curves_key_needs_its_hash_from_data_group_14(self) -> None:
        group = curve(13)
        data = public_key_info(standard_algorithm(13), group.public(4711))
        info = ActiveAuthenticationInfo(1, ECDSA["sha384"])
        assert parse_verification_key(data, info) == EcVerificationKey(group, group.public(4711), "sha384")
        for missing in (None, ActiveAuthenticationInfo(1, b"\x2a\x03")):
            with pytest.raises(CardError) as refusal:
                parse_verification_key(data, missing)
            assert refusal.value.code == "CARD-16"

    @pytest.mark.parametrize(
        "key",
        [
            b"",
            rsa_key(15, 3),
            rsa_key(1 << 1279, 3),
            rsa_key(1 << 1279 | 1, 1),
            rsa_key(1 << 1279 | 1, 1 << 70),
            rsa_key(1 << 9000 | 1, 3),
            tlv.encode(0x30, encode_integer(1 << 1279 | 1)),
        ],
    )
    def test_a_key_nobody_should_use_is_malformed(self, key: bytes) -> None:
        with pytest.raises(CardError) as refusal:
            parse_verification_key(public_key_info(RSA_ALGORITHM, key), None)
        assert refusal.value.code == "CARD-07"

    @given(st.binary(max_size=200))
    def test_no_bytes_raise_anything_else(self, data: bytes) -> None:
        for whole in (data, public_key_info(RSA_ALGORITHM, data), public_key_info(data, data)):
            assert refusal_of(whole) in (None, "CARD-07", "CARD-16")


def refusal_of(data: bytes) -> str | None:
    try:
        parse_verification_key(data, None)
    except CardError as error:
        return error.code
    return None
