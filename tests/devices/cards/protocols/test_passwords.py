"""Passwords become keys, and do not show."""

from __future__ import annotations

from typing import Any

import pytest

from devices.cards.crypto.suite import Cipher
from devices.cards.protocols.passwords import Password, PasswordKind
from kiosk.identity import Secret
from tests.devices.cards.published import read_published

DIGITS = "123456"
CIPHERS = {"3DES two-key": Cipher.TDES, "AES-128": Cipher.AES_128, "AES-192": Cipher.AES_192, "AES-256": Cipher.AES_256}
KEYS = [entry for entry in read_published("kdf")["kdf"] if entry["secret"] == DIGITS.encode()]


@pytest.mark.parametrize("entry", KEYS, ids=lambda entry: entry["cipher_text"])
@pytest.mark.parametrize("kind", [PasswordKind.CAN, PasswordKind.PIN, PasswordKind.PUK])
def test_digits_become_a_key(entry: dict[str, Any], kind: PasswordKind) -> None:
    assert Password(kind, Secret(DIGITS)).key(CIPHERS[entry["cipher_text"]]) == entry["key"]


def test_there_is_a_published_key_for_every_cipher() -> None:
    assert {CIPHERS[entry["cipher_text"]] for entry in KEYS} == set(Cipher)


def test_an_mrz_is_hashed_first(vectors: Any) -> None:
    numbers = vectors("pace_gm_ecdh")
    password = Password(PasswordKind.MRZ, Secret(numbers["mrz_information_text"]))
    assert password.key(Cipher.AES_128) == numbers["k_pi"]


def test_a_password_does_not_show() -> None:
    assert "123456" not in repr(Password(PasswordKind.CAN, Secret("123456")))
