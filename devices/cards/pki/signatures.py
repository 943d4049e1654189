"""Public keys and what they verify, for card-verifiable certificates, X.509 and CMS alike.

Rules
  1. A signature is right or it is not: whatever its bytes are, verifying ends in True or False.
  2. Keys are bounded before they are used, so that no key of a forged file costs more than a real one.
  3. SHA-1 and 1024-bit keys are accepted: documents signed with them are in use until they expire.

Curves that `cryptography` lacks (brainpoolP224r1 and brainpoolP320r1) are computed here; verifying handles no secret.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Final

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature

from devices.cards.crypto.curves import Curve
from devices.cards.crypto.groups import LIBRARY_CURVES
from kiosk.errors import EacError

MODULUS_BITS: Final = range(1024, 8193)
LARGEST_EXPONENT_BITS: Final = 64
HASHES: Final[dict[str, Callable[[], hashes.HashAlgorithm]]] = {
    "sha1": hashes.SHA1,
    "sha224": hashes.SHA224,
    "sha256": hashes.SHA256,
    "sha384": hashes.SHA384,
    "sha512": hashes.SHA512,
}


class Form(Enum):
    """How a signature is made and encoded."""

    ECDSA_PLAIN = "r and s one behind the other (TR-03111 §5.2.1)"
    ECDSA_DER = "r and s in a SEQUENCE (RFC 3279 §2.2.3)"
    RSA_PKCS1 = "RSASSA-PKCS1-v1_5 (RFC 8017 §8.2)"
    RSA_PSS = "RSASSA-PSS (RFC 8017 §8.1)"


@dataclass(frozen=True, slots=True)
class Scheme:
    """`hash_name` and `mask_hash_name` (PSS; empty is the same) as hashlib names them.

    `salt_length` (PSS, bytes) is for signing: verifying takes any length. It adds nothing to what a signature proves,
    and tools for card-verifiable certificates differ in it.
    """

    form: Form
    hash_name: str
    salt_length: int = 0
    mask_hash_name: str = ""

    @property
    def hash(self) -> hashes.HashAlgorithm:
        return HASHES[self.hash_name]()

    def rsa_padding(self, *, verifying: bool = False) -> padding.AsymmetricPadding:
        """For an RSA key."""
        if self.form is Form.RSA_PKCS1:
            return padding.PKCS1v15()
        mask = padding.MGF1(HASHES[self.mask_hash_name or self.hash_name]())
        return padding.PSS(mask, padding.PSS.AUTO if verifying else self.salt_length)


@dataclass(frozen=True, slots=True)
class EcPublicKey:
    """`point` is uncompressed; whether it lies on the curve shows when it is used."""

    curve: Curve
    point: bytes


@dataclass(frozen=True, slots=True)
class RsaPublicKey:
    """Raises EacError EAC-01 for numbers that no RSA key has."""

    modulus: int
    exponent: int

    def __post_init__(self) -> None:
        if self.modulus.bit_length() not in MODULUS_BITS or self.modulus % 2 == 0:
            raise EacError("EAC-01", "RSA modulus")
        if self.exponent < 3 or self.exponent.bit_length() > LARGEST_EXPONENT_BITS or self.exponent % 2 == 0:
            raise EacError("EAC-01", "RSA exponent")


PublicKey = EcPublicKey | RsaPublicKey


def is_signed(key: PublicKey, scheme: Scheme, signature: bytes, data: bytes) -> bool:
    """Whether `signature` over `data` is that key's."""
    try:
        match key:
            case EcPublicKey():
                return _is_signed_on_curve(key, scheme, signature, data)
            case RsaPublicKey():
                return _is_signed_by_rsa(key, scheme, signature, data)
    except (InvalidSignature, UnsupportedAlgorithm, ValueError):
        return False


def plain_signature(signature: bytes, length: int) -> bytes:
    """From the DER form; `length` is that of the order in bytes. Raises ValueError or OverflowError."""
    r, s = decode_dss_signature(signature)
    return r.to_bytes(length, "big") + s.to_bytes(length, "big")


def _is_signed_by_rsa(key: RsaPublicKey, scheme: Scheme, signature: bytes, data: bytes) -> bool:
    if scheme.form not in (Form.RSA_PKCS1, Form.RSA_PSS):
        return False
    public = rsa.RSAPublicNumbers(key.exponent, key.modulus).public_key()
    public.verify(signature, data, scheme.rsa_padding(verifying=True), scheme.hash)
    return True


def _is_signed_on_curve(key: EcPublicKey, scheme: Scheme, signature: bytes, data: bytes) -> bool:
    match scheme.form:
        case Form.ECDSA_PLAIN:
            half = len(signature) // 2
            if len(signature) % 2 or half != (key.curve.order.bit_length() + 7) // 8:
                return False
            r, s = int.from_bytes(signature[:half], "big"), int.from_bytes(signature[half:], "big")
        case Form.ECDSA_DER:
            r, s = decode_dss_signature(signature)
        case Form.RSA_PKCS1 | Form.RSA_PSS:
            return False
    if not (0 < r < key.curve.order and 0 < s < key.curve.order):
        return False
    if key.curve.name not in LIBRARY_CURVES:
        return _computed(key, scheme.hash_name, (r, s), data)
    public = ec.EllipticCurvePublicKey.from_encoded_point(LIBRARY_CURVES[key.curve.name](), key.point)
    public.verify(encode_dss_signature(r, s), data, ec.ECDSA(scheme.hash))
    return True


def _computed(key: EcPublicKey, hash_name: str, signature: tuple[int, int], data: bytes) -> bool:
    """ECDSA as it is defined (TR-03111 §4.2.1.2)."""
    curve, (r, s) = key.curve, signature
    point = _decode_point(curve, key.point)
    digest = hashlib.new(hash_name, data, usedforsecurity=False).digest()
    number = int.from_bytes(digest, "big") >> max(0, 8 * len(digest) - curve.order.bit_length())
    inverse = pow(s, -1, curve.order)
    found = curve.combine((number * inverse, curve.generator), (r * inverse, point))
    return found is not None and found[0] % curve.order == r


def _decode_point(curve: Curve, encoded: bytes) -> tuple[int, int]:
    half = curve.length
    x, y = int.from_bytes(encoded[1 : 1 + half], "big"), int.from_bytes(encoded[1 + half :], "big")
    if len(encoded) != 1 + 2 * half or encoded[0] != 4 or not curve.contains((x, y)):
        raise ValueError("no point of the curve")
    return x, y
