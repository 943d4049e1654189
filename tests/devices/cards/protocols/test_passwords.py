"""Passwords become keys, and do not show."""

from __future__ import annotations

import pytest

from devices.cards.crypto.suite import Cipher
from devices.cards.protocols.passwords import Password, PasswordKind
from kiosk.identity import Secret


# ICAO Doc 9303-11 appendix H (AES-128); the others follow its §9.7.1 from the same password.
@pytest.mark.parametrize(
    ("cipher", "key"),
    [
        (Cipher.TDES, "581568cda83d64209dcdb9570232610e"),
        (Cipher.AES_128, "591468cda83d65219cccb8560233600f"),
        (Cipher.AES_192, "8df3278fb32026e66277357fcd6c826dbeb3de32088b2531"),
        (Cipher.AES_256, "8df3278fb32026e66277357fcd6c826dbeb3de32088b2531757d753940185923"),
    ],
)
@pytest.mark.parametrize("kind", [PasswordKind.CAN, PasswordKind.PIN, PasswordKind.PUK])
def test_digits_become_a_key(cipher: Cipher, key: str, kind: PasswordKind) -> None:
    assert Password(kind, Secret("123456")).key(cipher).hex() == key


def test_an_mrz_is_hashed_first() -> None:
    """ICAO Doc 9303-11 appendix G.1."""
    password = Password(PasswordKind.MRZ, Secret("T22000129364081251010318"))
    assert password.key(Cipher.AES_128).hex() == "89ded1b26624ec1e634c1989302849dd"


def test_a_password_does_not_show() -> None:
    assert "123456" not in repr(Password(PasswordKind.CAN, Secret("123456")))
