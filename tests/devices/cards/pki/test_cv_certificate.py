"""Card-verifiable certificates: the published ones, every algorithm, and whatever else a file may hold."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from hypothesis import given
from hypothesis import strategies as st

from devices.cards.crypto.groups import LIBRARY_CURVES
from devices.cards.pki.chat import ROLE_AUTHENTICATION_TERMINAL, Chat, HolderRole
from devices.cards.pki.cv_certificate import (
    CvCertificate,
    CvExtension,
    CvPublicKey,
    build_cv_certificate,
    parse_cv_certificate,
)
from devices.cards.pki.cv_public_key import SCHEMES
from devices.cards.pki.making_terminals import public_cv_key
from devices.cards.pki.private_keys import PrivateKey, draw_ec_key
from devices.cards.pki.signatures import Form
from devices.cards.wire import tlv
from tests.devices.cards.pki.refusals import code_of
from tests.devices.cards.pki.worked_examples import DH, ECDH, EXAMPLES, unpacked

ELLIPTIC = [oid for oid, scheme in SCHEMES.items() if scheme.form is Form.ECDSA_PLAIN]
RSA = [oid for oid in SCHEMES if oid not in ELLIPTIC]
RSA_KEY = PrivateKey(rsa.generate_private_key(public_exponent=65537, key_size=2048))
CONTENT = CvCertificate(
    car="DETESTCVCA00001",
    chr="DETESTÄÖ00001",
    chat=Chat(ROLE_AUTHENTICATION_TERMINAL, 0x10),
    public_key=public_cv_key(draw_ec_key("brainpoolP256r1")),
    effective=date(2026, 2, 28),
    expires=date(2028, 2, 29),
)


def rsa_cv_key(oid: bytes) -> CvPublicKey:
    public = RSA_KEY.public
    modulus = public.modulus.to_bytes((public.modulus.bit_length() + 7) // 8, "big")
    return CvPublicKey(oid, ((0x81, modulus), (0x82, b"\x01\x00\x01")))


class TestPublished:
    @pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.name)
    def test_they_say_what_was_published(self, example):
        for certificate, said in zip(example.chain, example.said, strict=True):
            assert (certificate.car, certificate.chr) == (said["car_text"], said["chr_text"])
            assert certificate.public_key.oid.hex() == said["public_key_oid"]
            assert certificate.chat.encode().hex() == said["chat"]
            assert certificate.effective == unpacked(said["effective"])
            assert certificate.expires == unpacked(said["expiration"])

    @pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.name)
    def test_each_is_signed_by_the_one_above(self, example):
        root, verifier, terminal = example.chain
        root.verify_with(root.public_key)
        verifier.verify_with(root.public_key)
        terminal.verify_with(verifier.public_key.completed(root.public_key))

    @pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.name)
    def test_the_terminals_signature_is_the_key_of_its_certificate(self, example):
        root, _, terminal = example.chain
        key = terminal.public_key.completed(root.public_key)
        key.verify(example.signature, example.signed_data)
        assert code_of(lambda: key.verify(example.signature, example.signed_data + b"x")) == "EAC-02"

    @pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.name)
    def test_they_are_passed_on_as_they_came(self, example):
        assert tuple(certificate.encode() for certificate in example.chain) == example.certificates

    def test_only_the_trust_anchor_carries_domain_parameters(self):
        root, verifier, _ = ECDH.chain
        assert root.public_key.has_domain
        assert not verifier.public_key.has_domain
        assert code_of(lambda: verifier.public_key.verify(b"", b"")) == "EAC-01"

    def test_another_ones_key_verifies_nothing(self):
        assert code_of(lambda: DH.chain[1].verify_with(ECDH.chain[0].public_key)) == "EAC-02"


class TestBuilt:
    @pytest.mark.parametrize("oid", ELLIPTIC, ids=lambda oid: SCHEMES[oid].hash_name)
    @pytest.mark.parametrize("curve", LIBRARY_CURVES)
    def test_every_curve_with_every_hash(self, curve, oid):
        key = draw_ec_key(curve)
        content = replace(CONTENT, public_key=public_cv_key(key, oid))
        made = build_cv_certificate(content, lambda body: key.sign(SCHEMES[oid], body))
        read = parse_cv_certificate(made.encode())
        assert read == made
        read.verify_with(read.public_key)
        other = public_cv_key(draw_ec_key(curve), oid)
        assert code_of(lambda: read.verify_with(other)) == "EAC-02"

    @pytest.mark.parametrize("oid", RSA, ids=lambda oid: f"{SCHEMES[oid].form.name} {SCHEMES[oid].hash_name}")
    def test_rsa(self, oid):
        content = replace(CONTENT, public_key=rsa_cv_key(oid))
        made = build_cv_certificate(content, lambda body: RSA_KEY.sign(SCHEMES[oid], body))
        read = parse_cv_certificate(made.encode())
        read.verify_with(read.public_key)
        forged = replace(read, body=read.body[:-1] + b"\x08")
        assert code_of(lambda: forged.verify_with(read.public_key)) == "EAC-02"

    def test_extensions_are_kept(self):
        extensions = (CvExtension(b"\x04\x00\x7f", tlv.encode(0x80, b"hash")), CvExtension(b"\x04", b""))
        made = build_cv_certificate(replace(CONTENT, extensions=extensions), lambda body: b"signature")
        assert parse_cv_certificate(made.encode()) == made
        assert made.extensions == extensions

    @given(
        effective=st.dates(date(2000, 1, 1), date(2099, 12, 31)),
        rights=st.integers(0, (1 << 38) - 1),
        role=st.sampled_from(HolderRole),
        holder=st.from_regex(r"\A[A-Z]{2}[A-Z0-9ÄÖÜ]{1,9}[0-9]{5}\Z"),
    )
    def test_what_is_built_is_read_again(self, effective, rights, role, holder):
        chat = Chat(ROLE_AUTHENTICATION_TERMINAL, role << 38 | rights)
        content = replace(CONTENT, effective=effective, chat=chat, chr=holder)
        made = build_cv_certificate(content, lambda body: body[:8])
        assert parse_cv_certificate(made.encode()) == made
        assert replace(made, body=b"", signature=b"") == content


class TestMalformed:
    VALID = build_cv_certificate(CONTENT, lambda body: bytes(64)).encode()

    @pytest.mark.parametrize(
        ("what", "instead"),
        [
            (b"\x5f\x29\x01\x00", b"\x5f\x29\x01\x01"),
            (b"DETESTCVCA00001", b"DETEST\x00VCA00001"),
            (bytes.fromhex("5f2506020600020208"), bytes.fromhex("5f2506020600020300")),
            (bytes.fromhex("5f2506020600020208"), bytes.fromhex("5f25060206000202ff")),
            (bytes.fromhex("5f25"), bytes.fromhex("5f26")),
            (bytes.fromhex("04007f00070202020203"), bytes.fromhex("04007f00070202020209")),
            (bytes.fromhex("5f37"), bytes.fromhex("5f38")),
            (bytes.fromhex("870101"), bytes.fromhex("880101")),
        ],
        ids=["profile", "reference", "day", "digit", "order", "algorithm", "signature", "key"],
    )
    def test_it_is_refused(self, what, instead):
        assert what in self.VALID
        assert code_of(lambda: parse_cv_certificate(self.VALID.replace(what, instead))) == "CARD-07"

    def test_bytes_behind_it_are_refused(self):
        assert code_of(lambda: parse_cv_certificate(self.VALID + b"\x00")) == "CARD-07"

    def test_a_long_file_is_refused_before_it_is_looked_at(self):
        assert code_of(lambda: parse_cv_certificate(self.VALID + bytes(10000))) == "CARD-07"

    @pytest.mark.parametrize("name", ["p", "a", "b", "generator", "order"])
    def test_a_curve_that_differs_in_one_number_is_no_standardised_one(self, name):
        tag = {"p": 0x81, "a": 0x82, "b": 0x83, "generator": 0x84, "order": 0x85}[name]
        key = CONTENT.public_key
        parts = tuple((one, value[:-1] + bytes([value[-1] ^ 1]) if one == tag else value) for one, value in key.parts)
        assert code_of(lambda: replace(key, parts=parts).verify(bytes(64), b"")) == "EAC-01"

    def test_a_curve_with_another_cofactor_is_no_standardised_one(self):
        key = CONTENT.public_key
        parts = tuple((tag, b"\x02" if tag == 0x87 else value) for tag, value in key.parts)
        assert parts != key.parts
        assert code_of(lambda: replace(key, parts=parts).verify(bytes(64), b"")) == "EAC-01"

    @given(st.binary(max_size=300))
    def test_any_bytes_are_read_or_refused(self, data):
        for candidate in (data, tlv.encode(0x7F21, data), tlv.encode(0x7F21, tlv.encode(0x7F4E, data))):
            assert code_of(lambda candidate=candidate: parse_cv_certificate(candidate)) == "CARD-07"

    @given(st.data())
    def test_a_changed_certificate_is_refused_or_no_longer_signed(self, data):
        whole = ECDH.certificates[1]
        at = data.draw(st.integers(0, len(whole) - 1))
        changed = whole[:at] + bytes([whole[at] ^ data.draw(st.integers(1, 255))]) + whole[at + 1 :]
        root = ECDH.chain[0].public_key
        assert code_of(lambda: parse_cv_certificate(changed).verify_with(root)) in ("CARD-07", "EAC-02")

    @given(st.binary(max_size=140), st.binary(max_size=40))
    def test_any_signature_is_right_or_wrong(self, signature, data):
        for key in (CONTENT.public_key, rsa_cv_key(RSA[0])):
            assert code_of(lambda key=key: key.verify(signature, data)) == "EAC-02"

    @given(st.lists(st.binary(min_size=1, max_size=80), min_size=2, max_size=2))
    def test_any_rsa_numbers_verify_nothing(self, numbers):
        key = CvPublicKey(RSA[0], ((0x81, numbers[0]), (0x82, numbers[1])))
        assert code_of(lambda: key.verify(bytes(128), b"")) in ("EAC-01", "EAC-02")
