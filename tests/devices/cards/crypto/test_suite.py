"""Ciphers, codes, padding and key derivation give the published numbers."""

from __future__ import annotations

import json
from pathlib import Path
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

VECTORS = Path(__file__).parent / "vectors"
KDF = json.loads((VECTORS / "kdf.json").read_text(encoding="utf-8"))
RETAIL = json.loads((VECTORS / "retail_mac.json").read_text(encoding="utf-8"))
CIPHERS = {"3DES two-key": Cipher.TDES, "AES-128": Cipher.AES_128, "AES-192": Cipher.AES_192, "AES-256": Cipher.AES_256}
WITHOUT_PARITY = "3DES two-key without parity adjustment"


@pytest.mark.parametrize("entry", [entry for entry in KDF["kdf"] if entry["cipher"] != WITHOUT_PARITY])
def test_a_secret_becomes_the_published_key(entry: dict[str, str]) -> None:
    secret, counter = bytes.fromhex(entry["secret"]), int(entry["counter"], 16)
    assert derive_key(secret, counter, CIPHERS[entry["cipher"]]).hex() == entry["key"]


@pytest.mark.parametrize("entry", [entry for entry in KDF["kdf"] if entry["cipher"] == WITHOUT_PARITY])
def test_parity_changes_no_bit_that_3des_looks_at(entry: dict[str, str]) -> None:
    published = bytes.fromhex(entry["key"])
    key = derive_key(bytes.fromhex(entry["secret"]), int(entry["counter"], 16), Cipher.TDES)
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


@pytest.mark.parametrize(("number", "entry"), list(enumerate(RETAIL["exchanges"])))
def test_3des_gives_the_published_cryptogram_and_retail_mac(number: int, entry: dict[str, str]) -> None:
    encrypted, key = bytes.fromhex(entry["data"]), bytes.fromhex(RETAIL["k_enc"])
    plain = bytes.fromhex(RETAIL["plain"][number])
    assert mac(Cipher.TDES, bytes.fromhex(RETAIL["k_mac"]), encrypted).hex() == entry["mac"]
    assert encrypt_cbc(Cipher.TDES, key, bytes(8), plain) == encrypted
    assert decrypt_cbc(Cipher.TDES, key, bytes(8), encrypted) == plain


@pytest.mark.parametrize("entry", KDF["padding"])
def test_padding_is_the_published_one(entry: dict[str, Any]) -> None:
    data = bytes.fromhex(entry["data"])
    assert pad(data, entry["block"]).hex() == entry["padded"]
    assert unpad(bytes.fromhex(entry["padded"])) == data


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
