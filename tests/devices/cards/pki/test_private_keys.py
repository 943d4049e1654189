"""Private keys from files: of this program, of other tools, and what is none."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa
from hypothesis import given
from hypothesis import strategies as st

from devices.cards.crypto.groups import LIBRARY_CURVES
from devices.cards.pki.cv_public_key import SCHEMES
from devices.cards.pki.private_keys import PrivateKey, draw_ec_key, parse_private_key
from devices.cards.pki.signatures import Form, Scheme, is_signed
from devices.cards.pki.signer import load_file_signer
from tests.devices.cards.pki.refusals import code_of, code_or_none, refusal
from tests.devices.cards.pki.worked_examples import EXAMPLES

PLAIN = Scheme(Form.ECDSA_PLAIN, "sha256")
RSA_KEY = PrivateKey(rsa.generate_private_key(public_exponent=65537, key_size=2048))


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.name)
def test_the_published_key_with_its_curve_written_out_is_the_one_of_the_certificate(example):
    root, _, terminal = example.chain
    key, public = parse_private_key(example.private_key), terminal.public_key.completed(root.public_key)
    assert key.public == public.public_key()
    public.verify(key.sign(public.scheme, example.signed_data), example.signed_data)


@pytest.mark.parametrize("curve", LIBRARY_CURVES)
def test_a_key_is_read_as_it_was_written(curve):
    key = draw_ec_key(curve)
    again = parse_private_key(key.format())
    assert again.public == key.public
    assert is_signed(key.public, PLAIN, again.sign(PLAIN, b"x"), b"x")


@pytest.mark.parametrize("scheme", SCHEMES.values(), ids=lambda scheme: f"{scheme.form.name} {scheme.hash_name}")
def test_a_key_signs_what_it_can_and_nothing_else(scheme):
    curve_key = draw_ec_key("brainpoolP256r1")
    able, other = (curve_key, RSA_KEY) if scheme.form is Form.ECDSA_PLAIN else (RSA_KEY, curve_key)
    assert is_signed(able.public, scheme, able.sign(scheme, b"x"), b"x")
    assert code_of(lambda: other.sign(scheme, b"x")) == "EAC-03"


def test_no_private_number_is_shown():
    assert repr(RSA_KEY) == "PrivateKey()"


def formatted(key, password: bytes | None = None) -> bytes:
    encryption = serialization.BestAvailableEncryption(password) if password else serialization.NoEncryption()
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, encryption)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
        b"-----BEGIN PRIVATE KEY-----\n",
        formatted(ed25519.Ed25519PrivateKey.generate()),
        formatted(RSA_KEY.key, b"password"),
        RSA_KEY.format() + RSA_KEY.format(),
        draw_ec_key("secp256r1").format().replace(b"A", b"B"),
    ],
    ids=["empty", "no key", "cut off", "another algorithm", "with a password", "two keys", "changed"],
)
def test_what_is_no_key_is_refused(data):
    assert code_of(lambda: parse_private_key(data)) == "EAC-01"


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(data):
    assert code_or_none(lambda: parse_private_key(data)) == "EAC-01"


class TestFile:
    def test_it_signs_with_the_scheme_of_the_certificate(self, tmp_path):
        key = draw_ec_key("brainpoolP384r1")
        path = tmp_path / "terminal.pkcs8"
        path.touch(mode=0o600)
        path.write_bytes(key.format())
        signer = load_file_signer(path, PLAIN)
        assert is_signed(key.public, PLAIN, signer.sign(b"x"), b"x")
        assert "key" not in repr(signer)

    def test_one_that_others_can_read_is_refused(self, tmp_path):
        path = tmp_path / "terminal.pkcs8"
        path.write_bytes(RSA_KEY.format())
        path.chmod(0o640)
        error = refusal(lambda: load_file_signer(path, PLAIN))
        assert (error.code, "chmod 600" in error.detail) == ("EAC-03", True)

    def test_one_that_is_not_there_or_no_key_is_named(self, tmp_path):
        path = tmp_path / "terminal.pkcs8"
        assert code_of(lambda: load_file_signer(path, PLAIN)) == "EAC-03"
        for content, code in ((b"nothing", "EAC-01"), (bytes(20000), "EAC-01")):
            path.touch(mode=0o600)
            path.write_bytes(content)
            error = refusal(lambda: load_file_signer(path, PLAIN))
            assert (error.code, path.name in error.detail) == (code, True)
