"""The groups in which cards agree on keys, their encodings and the mappings of PACE.

Rules
  1. What comes from a card is an element of the group, and not the neutral one, before it is used; nothing neutral is
     ever given back (TR-03110-3 A.2.2.1).
  2. A mapped group is a group with another generator, and nothing else.
  3. Curves that `cryptography` knows are left to it wherever the generator is the standard one or does not matter: it
     is faster and in constant time. Sums and mapped generators are ours (curves.py).

That both public keys of an agreement differ is checked by the protocols, which have both at hand.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from cryptography.hazmat.primitives.asymmetric import ec

from devices.cards.crypto.curves import Curve, Point
from devices.cards.crypto.domain_parameters import CURVES, MODULI, Modulus
from devices.cards.crypto.explicit_parameters import parse_parameters
from devices.cards.crypto.integrated_mapping import map_to_curve, pseudo_random
from devices.cards.crypto.suite import Cipher
from kiosk.errors import CardError

UNCOMPRESSED: Final = b"\x04"
# What `cryptography` knows of them.
LIBRARY_CURVES: Final[dict[str, Callable[[], ec.EllipticCurve]]] = {
    "secp224r1": ec.SECP224R1,
    "secp256r1": ec.SECP256R1,
    "secp384r1": ec.SECP384R1,
    "secp521r1": ec.SECP521R1,
    "brainpoolP256r1": ec.BrainpoolP256R1,
    "brainpoolP384r1": ec.BrainpoolP384R1,
    "brainpoolP512r1": ec.BrainpoolP512R1,
}


@dataclass(frozen=True, slots=True)
class EcGroup:
    """Points of a curve. Public keys are uncompressed points, shared secrets x-coordinates."""

    curve: Curve
    generator: Point

    @property
    def name(self) -> str:
        return self.curve.name

    @property
    def order(self) -> int:
        return self.curve.order

    @property
    def length(self) -> int:
        """Bytes of a coordinate and of a shared secret."""
        return self.curve.length

    def random_private(self) -> int:
        """From 1 to the order, without it."""
        return secrets.randbelow(self.order - 1) + 1

    def public(self, private: int) -> bytes:
        """Raises CardError CARD-07 for a multiple of the order."""
        private %= self.order
        library = LIBRARY_CURVES.get(self.name) if self.generator == self.curve.generator else None
        if library is None or not private:
            return self.encode(self.curve.multiply(private, self.generator))
        numbers = ec.derive_private_key(private, library()).public_key().public_numbers()
        return self.encode((numbers.x, numbers.y))

    def agree(self, private: int, public: bytes) -> bytes:
        """x-coordinate of private · public. Raises CardError CARD-07 for no point, or infinity."""
        point, private = self.decode(public), private % self.order
        library = LIBRARY_CURVES.get(self.name)
        if library is None or not private:
            return self.compress(self.encode(self.curve.multiply(private, point)))
        peer = ec.EllipticCurvePublicNumbers(*point, library()).public_key()
        return ec.derive_private_key(private, library()).exchange(ec.ECDH(), peer)

    def compress(self, public: bytes) -> bytes:
        """x-coordinate (TR-03110-3 A.2.2.3). Raises CardError CARD-07 for no point."""
        return self.decode(public)[0].to_bytes(self.length, "big")

    def generic_map(self, nonce: bytes, private: int, their_public: bytes) -> EcGroup:
        """nonce · G + private · their_public as generator (ICAO 9303-11 §4.4.3.3.1). Raises CardError CARD-07."""
        number, theirs = int.from_bytes(nonce, "big"), self.decode(their_public)
        return self._with_generator(self.curve.combine((number, self.generator), (private, theirs)))

    def integrated_map(self, nonce: bytes, other_nonce: bytes, cipher: Cipher) -> EcGroup:
        """A generator whose logarithm nobody knows (ICAO 9303-11 §4.4.3.3.2). Raises CardError CARD-07 or -16."""
        number = pseudo_random(nonce, other_nonce, cipher, self.curve.p)
        return self._with_generator(map_to_curve(number, self.curve))

    def decode(self, public: bytes) -> Point:
        """From an uncompressed point. Raises CardError CARD-07 for anything that is none of this curve."""
        length = self.length
        point = int.from_bytes(public[1 : 1 + length], "big"), int.from_bytes(public[1 + length :], "big")
        well_formed = public[:1] == UNCOMPRESSED and len(public) == 1 + 2 * length
        if not well_formed or not self.curve.contains(point):
            raise CardError("CARD-07", "no point of the curve")
        return point

    def encode(self, point: Point | None) -> bytes:
        """As uncompressed point. Raises CardError CARD-07 for infinity."""
        if point is None:
            raise CardError("CARD-07", "point at infinity")
        return UNCOMPRESSED + b"".join(coordinate.to_bytes(self.length, "big") for coordinate in point)

    def _with_generator(self, point: Point | None) -> EcGroup:
        if point is None:
            raise CardError("CARD-07", "mapping to infinity")
        return replace(self, generator=point)


@dataclass(frozen=True, slots=True)
class DhGroup:
    """A subgroup of prime order of the integers modulo a prime.

    Public keys are integers in as few bytes as they need (ICAO 9303-11 §9.4.3), shared secrets as long as the modulus.
    """

    modulus: Modulus
    generator: int

    @property
    def order(self) -> int:
        return self.modulus.q

    @property
    def length(self) -> int:
        """Bytes of the modulus and of a shared secret."""
        return (self.modulus.p.bit_length() + 7) // 8

    def random_private(self) -> int:
        """From 1 to the order, without it."""
        return secrets.randbelow(self.order - 1) + 1

    def public(self, private: int) -> bytes:
        """Raises CardError CARD-07 for a multiple of the order."""
        return _shortest(self._power(self.generator, private))

    def agree(self, private: int, public: bytes) -> bytes:
        """public to the power of private. Raises CardError CARD-07 for no element of the subgroup, or one."""
        return self._power(self._decode(public), private).to_bytes(self.length, "big")

    def compress(self, public: bytes) -> bytes:
        """SHA-1 of the public key (TR-03110-3 A.2.2.3). Raises CardError CARD-07 for no element of the subgroup."""
        return hashlib.sha1(_shortest(self._decode(public)), usedforsecurity=False).digest()

    def generic_map(self, nonce: bytes, private: int, their_public: bytes) -> DhGroup:
        """generator^nonce · their_public^private as generator (ICAO 9303-11 §4.4.3.3.1). Raises CardError CARD-07."""
        p = self.modulus.p
        shared = pow(self._decode(their_public), private, p)
        return self._with_generator(pow(self.generator, int.from_bytes(nonce, "big"), p) * shared % p)

    def integrated_map(self, nonce: bytes, other_nonce: bytes, cipher: Cipher) -> DhGroup:
        """A generator whose logarithm nobody knows (ICAO 9303-11 §4.4.3.3.2). Raises CardError CARD-07."""
        p = self.modulus.p
        number = pseudo_random(nonce, other_nonce, cipher, p)
        return self._with_generator(pow(number, (p - 1) // self.order, p))

    def _decode(self, public: bytes) -> int:
        p, number = self.modulus.p, int.from_bytes(public, "big")
        if len(public) > self.length or not 1 < number < p - 1 or pow(number, self.order, p) != 1:
            raise CardError("CARD-07", "no element of the group")
        return number

    def _power(self, base: int, exponent: int) -> int:
        number = pow(base, exponent, self.modulus.p)
        if number == 1:
            raise CardError("CARD-07", "neutral element")
        return number

    def _with_generator(self, number: int) -> DhGroup:
        if number <= 1:
            raise CardError("CARD-07", "mapping to the neutral element")
        return replace(self, generator=number)


def _shortest(number: int) -> bytes:
    return number.to_bytes((number.bit_length() + 7) // 8, "big")


Group = EcGroup | DhGroup


def standard_group(parameter_id: int) -> Group:
    """By the number of TR-03110-3 A.2.1.1. Raises CardError CARD-16 for one that is not supported."""
    found = MODULI.get(parameter_id) or CURVES.get(parameter_id)
    if found is None:
        raise CardError("CARD-16", f"group {parameter_id}")
    return _group(found)


def named_curve(name: str) -> EcGroup:
    """By its name: secp256r1, brainpoolP256r1. Raises CardError CARD-16 for one that is not supported."""
    for curve in CURVES.values():
        if curve.name == name:
            return EcGroup(curve, curve.generator)
    raise CardError("CARD-16", "unknown curve")


def group_of_parameters(data: bytes) -> Group:
    """From DER parameters, explicit or a curve's name. Raises CardError CARD-16 (not a known group) or CARD-07."""
    return _group(parse_parameters(data))


def _group(parameters: Curve | Modulus) -> Group:
    if isinstance(parameters, Curve):
        return EcGroup(parameters, parameters.generator)
    return DhGroup(parameters, parameters.generator)
