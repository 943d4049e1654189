"""The symmetric half of the card protocols: block ciphers, message authentication codes, key derivation, padding.

Sources: TR-03110-3 A.2 and F.2, ICAO 9303-11 §9.7 and §9.8, ISO/IEC 9797-1 (retail MAC: algorithm 3).
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from enum import Enum
from typing import Final

from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES
from cryptography.hazmat.primitives.ciphers import Cipher as BlockCipher
from cryptography.hazmat.primitives.ciphers import CipherContext, algorithms, modes
from cryptography.hazmat.primitives.cmac import CMAC

from kiosk.errors import CardError

MAC_LENGTH: Final = 8
ENCRYPTION_COUNTER: Final = 1
AUTHENTICATION_COUNTER: Final = 2


class Cipher(Enum):
    """A block cipher, from the weakest to the strongest. 3DES has two keys."""

    TDES = "3DES"
    AES_128 = "AES-128"
    AES_192 = "AES-192"
    AES_256 = "AES-256"

    @property
    def key_length(self) -> int:
        """Bytes."""
        return _KEY_LENGTHS[self]

    @property
    def block_size(self) -> int:
        """Bytes."""
        return 8 if self is Cipher.TDES else 16


_KEY_LENGTHS: Final = {Cipher.TDES: 16, Cipher.AES_128: 16, Cipher.AES_192: 24, Cipher.AES_256: 32}


@dataclass(frozen=True, slots=True)
class SessionKeys:
    """The keys of one secured session."""

    cipher: Cipher
    encryption: bytes = field(repr=False)
    authentication: bytes = field(repr=False)


def derive_key(secret: bytes, counter: int, cipher: Cipher, nonce: bytes = b"") -> bytes:
    """KDF (TR-03110-3 A.2.3, ICAO 9303-11 §9.7.1): a hash of secret, nonce and counter, cut to the key's length."""
    material = secret + nonce + counter.to_bytes(4, "big")
    if cipher in (Cipher.AES_192, Cipher.AES_256):
        return hashlib.sha256(material).digest()[: cipher.key_length]
    key = hashlib.sha1(material, usedforsecurity=False).digest()[: cipher.key_length]
    return _with_odd_parity(key) if cipher is Cipher.TDES else key


def session_keys(cipher: Cipher, secret: bytes, nonce: bytes = b"") -> SessionKeys:
    """Both keys from a shared secret."""
    encryption = derive_key(secret, ENCRYPTION_COUNTER, cipher, nonce)
    return SessionKeys(cipher, encryption, derive_key(secret, AUTHENTICATION_COUNTER, cipher, nonce))


def encrypt_cbc(cipher: Cipher, key: bytes, iv: bytes, data: bytes) -> bytes:
    """Of whole blocks, else ValueError."""
    return _run(_block_cipher(cipher, key, modes.CBC(iv)).encryptor(), data)


def decrypt_cbc(cipher: Cipher, key: bytes, iv: bytes, data: bytes) -> bytes:
    """Of whole blocks, else ValueError."""
    return _run(_block_cipher(cipher, key, modes.CBC(iv)).decryptor(), data)


def encrypt_block(cipher: Cipher, key: bytes, block: bytes) -> bytes:
    """One block alone."""
    return encrypt_cbc(cipher, key, bytes(cipher.block_size), block)


def mac(cipher: Cipher, key: bytes, data: bytes) -> bytes:
    """Eight bytes over data of any length: CMAC, or the retail MAC, which pads by method 2."""
    return mac_of_blocks(cipher, key, pad(data, cipher.block_size) if cipher is Cipher.TDES else data)


def mac_of_blocks(cipher: Cipher, key: bytes, data: bytes) -> bytes:
    """Eight bytes over data that secure messaging has padded already."""
    if cipher is Cipher.TDES:
        return _retail_mac(key, data)
    code = CMAC(algorithms.AES(key))
    code.update(data)
    return code.finalize()[:MAC_LENGTH]


def pad(data: bytes, block_size: int) -> bytes:
    """To whole blocks, at least one byte (ISO/IEC 9797-1, padding method 2)."""
    return data + b"\x80" + bytes(-(len(data) + 1) % block_size)


def unpad(data: bytes) -> bytes:
    """Raises CardError CARD-07 for data that nobody padded."""
    content, mark, filling = data.rpartition(b"\x80")
    if not mark or filling.strip(b"\x00"):
        raise CardError("CARD-07", "padding")
    return content


def _retail_mac(key: bytes, data: bytes) -> bytes:
    """DES in CBC mode with the first key, the last block once more through the second and back through the first."""
    first, second = key[:8], key[8:]
    chained = encrypt_cbc(Cipher.TDES, first + first, bytes(8), data)[-8:]
    return encrypt_block(Cipher.TDES, first + first, decrypt_cbc(Cipher.TDES, second + second, bytes(8), chained))


def _with_odd_parity(key: bytes) -> bytes:
    return bytes(byte & 0xFE | (~(byte >> 1).bit_count() & 1) for byte in key)


def _block_cipher(cipher: Cipher, key: bytes, mode: modes.CBC) -> BlockCipher[modes.CBC]:
    if len(key) != cipher.key_length:
        raise ValueError(f"key of {cipher.value}")
    # The library wants three keys of 3DES; with two the third is the first, with one single DES comes out.
    algorithm = TripleDES(key + key[:8]) if cipher is Cipher.TDES else algorithms.AES(key)
    return BlockCipher(algorithm, mode)


def _run(context: CipherContext, data: bytes) -> bytes:
    return context.update(data) + context.finalize()
