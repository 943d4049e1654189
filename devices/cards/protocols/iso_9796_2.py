"""ISO/IEC 9796-2 digital signature scheme 1 with message recovery, as active authentication uses it.

The signature carries part of the message (M1, random); the other part (M2) is known to who verifies. The trailer says
which hash it was (ICAO 9303-11 §6.1; ISO/IEC 10118-3 identifiers).
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

HEADER: Final = 0x6A
SHORT_TRAILER: Final = 0xBC
LONG_TRAILER: Final = 0xCC
TRAILER_NIBBLE: Final = 0xC
_HASHES: Final = {0x33: "sha1", 0x34: "sha256", 0x35: "sha512", 0x36: "sha384", 0x38: "sha224"}


@dataclass(frozen=True, slots=True)
class RsaKey:
    """Public `exponent`, or the private one to sign with."""

    modulus: int
    exponent: int = field(repr=False)

    @property
    def length(self) -> int:
        """Bytes of a signature."""
        return (self.modulus.bit_length() + 7) // 8


def verify_recovering(key: RsaKey, signature: bytes, known: bytes) -> bool:
    """Whether `signature` signs a message that ends with `known`."""
    number = int.from_bytes(signature, "big")
    if len(signature) != key.length or number >= key.modulus:
        return False
    plain = _opened(key, number).to_bytes(key.length, "big")
    name, trailer = _hash_of(plain)
    if name is None or plain[0] != HEADER:
        return False
    digest_length = hashlib.new(name, usedforsecurity=False).digest_size
    recovered, digest = plain[1 : -trailer - digest_length], plain[-trailer - digest_length : -trailer]
    if len(plain) < 1 + digest_length + trailer:
        return False
    return hmac.compare_digest(hashlib.new(name, recovered + known, usedforsecurity=False).digest(), digest)


def sign_recovering(key: RsaKey, known: bytes, name: str, draw: Callable[[int], bytes]) -> bytes:
    """Sign a drawn M1 followed by `known`; SHA-1 takes the short trailer. `key` has the private exponent."""
    identifiers = {hash_name: identifier for identifier, hash_name in _HASHES.items()}
    trailer = bytes([SHORT_TRAILER]) if name == "sha1" else bytes([identifiers[name], LONG_TRAILER])
    digest_length = hashlib.new(name, usedforsecurity=False).digest_size
    drawn = draw(key.length - 1 - digest_length - len(trailer))
    digest = hashlib.new(name, drawn + known, usedforsecurity=False).digest()
    plain = int.from_bytes(bytes([HEADER]) + drawn + digest + trailer, "big")
    return pow(plain, key.exponent, key.modulus).to_bytes(key.length, "big")


def _opened(key: RsaKey, signature: int) -> int:
    """Every trailer ends with C; what does not was signed by the smaller of both roots (ISO/IEC 9796-2 B.4)."""
    number = pow(signature, key.exponent, key.modulus)
    return number if number % 16 == TRAILER_NIBBLE else key.modulus - number


def _hash_of(plain: bytes) -> tuple[str | None, int]:
    """Name of the hash and length of the trailer."""
    if plain[-1] == SHORT_TRAILER:
        return "sha1", 1
    if plain[-1] == LONG_TRAILER:
        return _HASHES.get(plain[-2]), 2
    return None, 0
