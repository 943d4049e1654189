"""Ciphers, codes, padding and key derivation give the published numbers."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.cards.crypto.suite import (
    Cipher,
    SessionKeys,
    decrypt_cbc,
    derive_key,
    encrypt_block,
    encrypt_cbc,
    mac,
    pad,
    session_keys,
    unpad,
)
from kiosk.errors import CardError
from tests.devices.cards.published import read_published

NUMBERS = read_published("kdf")
CIPHERS = {"3DES two-key": Cipher.TDES, "AES-128": Cipher.AES_128, "AES-192": Cipher.AES_192, "AES-256": Cipher.AES_256}
WITHOUT_PARITY = "3DES two-key without parity adjustment"


def derivations(*, adjusted: bool) -> list[dict[str, Any]]:
    return [entry for entry in NUMBERS["kdf"] if (entry["cipher_text"] != WITHOUT_PARITY) is adjusted]


@pytest.mark.parametrize("entry", derivations(adjusted=True))
def test_a_secret_becomes_the_published_key(entry: dict[str, Any]) -> None:
    counter = int.from_bytes(entry["counter"], "big")
    assert derive_key(entry["secret"], counter, CIPHERS[entry["cipher_text"]]) == entry["key"]


@pytest.mark.parametrize("entry", derivations(adjusted=False))
def test_parity_changes_no_bit_that_3des_looks_at(entry: dict[str, Any]) -> None:
    published = entry["key"]
    key = derive_key(entry["secret"], int.from_bytes(entry["counter"], "big"), Cipher.TDES)
    assert [byte & 0xFE for byte in key] == [byte & 0xFE for byte in published]
    assert all(byte.bit_count() % 2 == 1 for byte in key)
    block = bytes(8)
    assert encrypt_block(Cipher.TDES, key, block) == encrypt_block(Cipher.TDES, published, block)


def test_a_nonce_goes_between_secret_and_counter() -> None:
    assert derive_key(b"secret", 1, Cipher.AES_128, b"nonce") == derive_key(b"secretnonce", 1, Cipher.AES_128)


def test_session_keys_are_the_first_and_the_second(agreement: Any) -> None:
    keys = session_keys(Cipher.AES_128, agreement["shared_secret"])
    assert keys == SessionKeys(Cipher.AES_128, agreement["ks_enc"], agreement["ks_mac"])


def test_session_keys_of_chip_authentication_have_a_nonce(chip_authentication: Any) -> None:
    numbers = chip_authentication["chip_authentication"]
    keys = session_keys(Cipher.AES_128, numbers["shared_secret"], numbers["nonce"])
    assert keys == SessionKeys(Cipher.AES_128, numbers["ks_enc"], numbers["ks_mac"])
    assert mac(Cipher.AES_128, keys.authentication, numbers["chip_token_input"]) == numbers["chip_token"]


def test_a_token_is_the_published_code(agreement: Any) -> None:
    for side in ("terminal", "chip"):
        token = mac(Cipher.AES_128, agreement["ks_mac"], agreement[f"{side}_token_input"])
        assert token == agreement[f"{side}_token"]


@pytest.mark.parametrize(("plain", "encrypted", "code"), [("s", "e_ifd", "m_ifd"), ("r", "e_ic", "m_ic")])
def test_3des_gives_the_published_cryptogram_and_retail_mac(
    vectors: Any, plain: str, encrypted: str, code: str
) -> None:
    numbers = vectors("bac")
    assert mac(Cipher.TDES, numbers["k_mac"], numbers[encrypted]) == numbers[code]
    assert encrypt_cbc(Cipher.TDES, numbers["k_enc"], bytes(8), numbers[plain]) == numbers[encrypted]
    assert decrypt_cbc(Cipher.TDES, numbers["k_enc"], bytes(8), numbers[encrypted]) == numbers[plain]


@pytest.mark.parametrize("entry", NUMBERS["padding"]["cases"])
def test_padding_is_the_published_one(entry: dict[str, Any]) -> None:
    assert pad(entry["data"], entry["block"][0]) == entry["padded"]
    assert unpad(entry["padded"]) == entry["data"]


@pytest.mark.parametrize("data", ["", "00", "0000000000000000", "80000001", "8001"])
def test_what_nobody_padded_is_malformed(data: str) -> None:
    with pytest.raises(CardError, match="CARD-07"):
        unpad(bytes.fromhex(data))


@given(st.sampled_from(Cipher), st.binary(max_size=100), st.data())
def test_what_was_padded_and_encrypted_comes_back(cipher: Cipher, data: bytes, draw: st.DataObject) -> None:
    key = draw.draw(st.binary(min_size=cipher.key_length, max_size=cipher.key_length))
    iv = draw.draw(st.binary(min_size=cipher.block_size, max_size=cipher.block_size))
    encrypted = encrypt_cbc(cipher, key, iv, pad(data, cipher.block_size))
    assert unpad(decrypt_cbc(cipher, key, iv, encrypted)) == data


@pytest.mark.parametrize("cipher", Cipher)
def test_a_key_of_another_cipher_is_a_mistake_of_ours(cipher: Cipher) -> None:
    with pytest.raises(ValueError, match="key of"):
        encrypt_block(cipher, bytes(cipher.key_length + 1), bytes(cipher.block_size))


def test_keys_stand_in_no_repr() -> None:
    keys = session_keys(Cipher.AES_128, b"secret")
    assert repr(keys) == "SessionKeys(cipher=<Cipher.AES_128: 'AES-128'>)"
