"""The terminal's key in a token, with SoftHSM: signatures, broken sessions, and a PIN that is tried once."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pkcs11
import pytest
from asn1crypto.keys import ECDomainParameters, NamedCurve
from pkcs11 import Attribute, KeyType

from devices.cards.pki.named_curves import BY_NAME
from devices.cards.pki.pkcs11_signer import Pkcs11Key, Pkcs11Signer
from devices.cards.pki.signatures import EcPublicKey, Form, PublicKey, RsaPublicKey, Scheme, is_signed
from devices.cards.wire import tlv
from tests.devices.cards.pki.refusals import code_of, refusal

MODULE = Path("/usr/lib/softhsm/libsofthsm2.so")
PIN = "9182736455"
CURVES = {"secp256r1": "1.2.840.10045.3.1.7", "brainpoolP384r1": "1.3.36.3.3.2.8.1.1.11"}
PLAIN = Scheme(Form.ECDSA_PLAIN, "sha256")


@dataclass(frozen=True, slots=True)
class Token:
    """A token with a key on each curve and one for RSA, by label."""

    where: Pkcs11Key
    keys: dict[str, PublicKey]

    def signer(self, label: str = "secp256r1", scheme: Scheme = PLAIN, **changes: object) -> Pkcs11Signer:
        return Pkcs11Signer(replace(self.where, label=label, **changes), scheme)


@pytest.fixture(scope="module")
def token(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Token]:
    """One for all tests here: a process initialises a vendor's library once."""
    folder = tmp_path_factory.mktemp("token")
    (folder / "tokens").mkdir()
    (folder / "softhsm2.conf").write_text(f"directories.tokendir = {folder / 'tokens'}\n", encoding="ascii")
    (folder / "pin").write_text(f"{PIN}\n", encoding="ascii")
    before = os.environ.get("SOFTHSM2_CONF")
    os.environ["SOFTHSM2_CONF"] = str(folder / "softhsm2.conf")
    words = ["softhsm2-util", "--init-token", "--free", "--label", "kiosk", "--pin", PIN, "--so-pin", PIN]
    subprocess.run(words, check=True, capture_output=True)
    pkcs11.lib(str(MODULE)).reinitialize()
    yield Token(Pkcs11Key(MODULE, "kiosk", "", folder / "pin"), _made_keys())
    pkcs11.lib(str(MODULE)).finalize()
    os.environ.pop("SOFTHSM2_CONF") if before is None else os.environ.update(SOFTHSM2_CONF=before)


def _made_keys() -> dict[str, PublicKey]:
    keys: dict[str, PublicKey] = {}
    with pkcs11.lib(str(MODULE)).get_token(token_label="kiosk").open(rw=True, user_pin=PIN) as session:
        for name, oid in CURVES.items():
            encoded = ECDomainParameters(name="named", value=NamedCurve(oid)).dump()
            parameters = session.create_domain_parameters(KeyType.EC, {Attribute.EC_PARAMS: encoded}, local=True)
            public, _ = parameters.generate_keypair(store=True, label=name)
            keys[name] = EcPublicKey(BY_NAME[name], tlv.first(public[Attribute.EC_POINT])[0].value)
        public, _ = session.generate_keypair(KeyType.RSA, 2048, store=True, label="rsa")
        numbers = (public[Attribute.MODULUS], public[Attribute.PUBLIC_EXPONENT])
        keys["rsa"] = RsaPublicKey(*(int.from_bytes(number, "big") for number in numbers))
    return keys


@pytest.mark.parametrize(
    ("label", "scheme"),
    [
        ("secp256r1", PLAIN),
        ("brainpoolP384r1", replace(PLAIN, hash_name="sha384")),
        ("rsa", Scheme(Form.RSA_PKCS1, "sha256")),
        ("rsa", Scheme(Form.RSA_PKCS1, "sha1")),
        ("rsa", Scheme(Form.RSA_PSS, "sha1", 20)),
        ("rsa", Scheme(Form.RSA_PSS, "sha512", 64)),
    ],
    ids=lambda value: value if isinstance(value, str) else f"{value.form.name} {value.hash_name}",
)
def test_it_signs_with_the_key_in_the_token(token, label, scheme):
    signer = token.signer(label, scheme)
    for data in (b"first", b"second"):
        assert is_signed(token.keys[label], scheme, signer.sign(data), data)


def test_two_signers_share_a_token(token):
    first, second = token.signer(), token.signer("brainpoolP384r1")
    assert is_signed(token.keys["secp256r1"], PLAIN, first.sign(b"x"), b"x")
    assert is_signed(token.keys["brainpoolP384r1"], PLAIN, second.sign(b"x"), b"x")


def test_a_session_that_broke_is_opened_again(token):
    signer = token.signer()
    signer.sign(b"x")
    pkcs11.lib(str(MODULE)).reinitialize()
    assert is_signed(token.keys["secp256r1"], PLAIN, signer.sign(b"y"), b"y")


@pytest.mark.parametrize(
    "missing",
    [{"token": "other"}, {"label": "other"}, {"module": Path("/nowhere.so")}, {"pin_file": Path("/nowhere")}],
    ids=["token", "key", "module", "PIN file"],
)
def test_what_is_missing_is_said(token, missing):
    changes = {"label": "secp256r1", **missing}
    assert code_of(lambda: token.signer(**changes).sign(b"x")) == "EAC-03"


def test_a_pin_file_that_is_no_text_is_said(token, tmp_path):
    (tmp_path / "pin").write_bytes(b"\xff\xfe9182")
    pkcs11.lib(str(MODULE)).reinitialize()
    error = refusal(lambda: token.signer(pin_file=tmp_path / "pin").sign(b"x"))
    assert (error.code, "9182" in str(error)) == ("EAC-03", False)


def test_a_key_of_another_kind_is_refused(token):
    assert code_of(lambda: token.signer("rsa").sign(b"x")) == "EAC-03"
    assert code_of(lambda: token.signer(scheme=Scheme(Form.ECDSA_DER, "sha256")).sign(b"x")) == "EAC-03"


@pytest.fixture
def wrong_pin(token, tmp_path) -> Callable[[], Pkcs11Signer]:
    (tmp_path / "pin").write_text("0000000000", encoding="ascii")
    return lambda: token.signer(pin_file=tmp_path / "pin")


def test_a_wrong_pin_is_tried_once(token, wrong_pin, tmp_path):
    pkcs11.lib(str(MODULE)).reinitialize()
    signer = wrong_pin()
    assert "PinIncorrect" in refusal(lambda: signer.sign(b"x")).detail
    (tmp_path / "pin").write_text(PIN, encoding="ascii")
    assert "not tried again" in refusal(lambda: signer.sign(b"x")).detail
    assert wrong_pin().sign(b"x")


def test_no_pin_is_shown(token, wrong_pin):
    pkcs11.lib(str(MODULE)).reinitialize()
    signer = token.signer()
    signer.sign(b"x")
    shown = [repr(signer), str(vars(signer)), repr(token.where)]
    pkcs11.lib(str(MODULE)).reinitialize()
    shown.append(str(refusal(lambda: wrong_pin().sign(b"x"))))
    assert not any(PIN in text or "0000000000" in text for text in shown)
