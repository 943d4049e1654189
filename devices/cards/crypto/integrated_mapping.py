"""Integrated mapping of PACE: two nonces become a group element (ICAO 9303-11 §4.4.3.3.2 and appendix B)."""

from __future__ import annotations

from typing import Final

from devices.cards.crypto.curves import Curve, Point
from devices.cards.crypto.suite import Cipher, encrypt_cbc
from kiosk.errors import CardError

SECURITY_BITS: Final = 64
_SHORT: Final = (
    bytes.fromhex("A668892A7C41E3CA739F40B057D85904"),
    bytes.fromhex("A4E136AC725F738B01C1F60217C188AD"),
)
_LONG: Final = (
    bytes.fromhex("D463D65234124EF7897054986DCA0A174E28DF758CBAA03F240616414D5A1676"),
    bytes.fromhex("54BD7255F0AAF831BEC3423FCF39D69B6CBF066677D0FAAE5AADD99DF8E53517"),
)


def pseudo_random(nonce: bytes, other_nonce: bytes, cipher: Cipher, modulus: int) -> int:
    """R_p: the card's nonce under the terminal's as key, stretched past the modulus and reduced.

    Raises CardError CARD-07 for nonces that are not as long as the cipher wants them.
    """
    next_key, output = _LONG if cipher in (Cipher.AES_192, Cipher.AES_256) else _SHORT
    if len(nonce) != len(output) or len(other_nonce) != cipher.key_length:
        raise CardError("CARD-07", "length of a nonce")
    key, stretched = _encrypt(cipher, other_nonce, nonce), b""
    while 8 * len(stretched) < modulus.bit_length() + SECURITY_BITS:
        stretched += _encrypt(cipher, key, output)
        key = _encrypt(cipher, key, next_key)
    return int.from_bytes(stretched, "big") % modulus


def map_to_curve(number: int, curve: Curve) -> Point:
    """f_G: a point of the curve for a field element (appendix B.2, for p = 3 modulo 4).

    Raises CardError CARD-16 for a curve it is not defined for, CARD-07 for the few numbers that have no point.
    """
    p = curve.p
    if p % 4 != 3:
        raise CardError("CARD-16", "integrated mapping on this curve")
    alpha = -number * number % p
    denominator = curve.a * (alpha + alpha * alpha) % p
    if not denominator:
        raise CardError("CARD-07", "integrated mapping")
    x = -curve.b * (denominator + curve.a) * pow(curve.a * denominator, -1, p) % p
    right_side = (x * x * x + curve.a * x + curve.b) % p
    root = pow(right_side, p - 1 - (p + 1) // 4, p)
    if root * root * right_side % p == 1:
        return x, root * right_side % p
    return alpha * x % p, root * number**3 * right_side % p


def _encrypt(cipher: Cipher, key: bytes, data: bytes) -> bytes:
    return encrypt_cbc(cipher, key[: cipher.key_length], bytes(cipher.block_size), data)
