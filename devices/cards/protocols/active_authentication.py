"""Active authentication, both sides: the chip signs a challenge with the key of DG15 (ICAO 9303-11 §6.1).

RSA keys sign by ISO/IEC 9796-2 with message recovery, curves by plain ECDSA. DG15 must be verified against EF.SOD by
who calls; it proves the chip genuine once, not the channel, so chip authentication is preferred where both are there.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from cryptography.hazmat.primitives.asymmetric import ec

from devices.cards.crypto.groups import LIBRARY_CURVES, EcGroup
from devices.cards.pki.algorithms import RSA_ENCRYPTION
from devices.cards.pki.signatures import HASHES, EcPublicKey, Form, Scheme, is_signed, plain_signature
from devices.cards.protocols import oids
from devices.cards.protocols.iso_9796_2 import RsaKey, sign_recovering, verify_recovering
from devices.cards.protocols.randomness import SYSTEM, Randomness
from devices.cards.protocols.security_infos import ActiveAuthenticationInfo, group_of_algorithm, parse_public_key
from devices.cards.wire import tlv
from devices.cards.wire.apdu import EXTENDED_LE, SHORT_LE, Command
from devices.cards.wire.connection import Connection, expect
from kiosk.errors import CardError

CHALLENGE: Final = 8
SMALLEST_MODULUS_BITS: Final = 1024
LARGEST_MODULUS_BITS: Final = 8192
LARGEST_EXPONENT_BITS: Final = 64
# Of a signature that still fits into a short answer with what AES secure messaging adds (ICAO 9303-11 §6.1.4).
LONGEST_SHORT_SIGNATURE: Final = 1792 // 8


@dataclass(frozen=True, slots=True)
class EcVerificationKey:
    """A curve's public key, `hash_name` as hashlib names it."""

    group: EcGroup
    public: bytes
    hash_name: str


VerificationKey = RsaKey | EcVerificationKey


def parse_verification_key(public_key_info: bytes, info: ActiveAuthenticationInfo | None) -> VerificationKey:
    """From DG15's SubjectPublicKeyInfo and, for a curve, DG14's ActiveAuthenticationInfo.

    Raises CardError CARD-07 (malformed) or CARD-16 (a group or hash that is not supported).
    """
    algorithm, key = parse_public_key(tlv.need(public_key_info, 0x30))
    if tlv.need(algorithm, 0x06) == RSA_ENCRYPTION:
        return _parse_rsa(key)
    group = group_of_algorithm(algorithm)
    name = None if info is None else oids.ECDSA_PLAIN_HASHES.get(info.signature_algorithm)
    if not isinstance(group, EcGroup) or name is None:
        raise CardError("CARD-16", "algorithm of active authentication")
    return EcVerificationKey(group, key, name)


def run_active_authentication(connection: Connection, key: VerificationKey, randomness: Randomness = SYSTEM) -> None:
    """Let the chip sign a challenge. Raises CardError CARD-09 for a chip without the private key."""
    challenge = randomness.nonce(CHALLENGE)
    signature = expect(connection, Command(0x00, 0x88, 0x00, 0x00, challenge, le=_answer_length(key)), code="CARD-09")
    match key:
        case RsaKey():
            genuine = verify_recovering(key, signature, challenge)
        case EcVerificationKey():
            genuine = _verify_ecdsa(key, signature, challenge)
    if not genuine:
        raise CardError("CARD-09", "active authentication")


@dataclass(frozen=True, slots=True)
class ChipActiveAuthentication:
    """The chip's side. `key` is an RSA key with the private exponent, or a curve's group with its private key."""

    key: RsaKey | EcSigningKey
    hash_name: str
    randomness: Randomness = SYSTEM

    def answer(self, challenge: bytes) -> bytes:
        """INTERNAL AUTHENTICATE: the signature of the terminal's challenge."""
        match self.key:
            case RsaKey():
                return sign_recovering(self.key, challenge, self.hash_name, self.randomness.nonce)
            case EcSigningKey():
                return _sign_ecdsa(self.key, challenge, self.hash_name)


@dataclass(frozen=True, slots=True)
class EcSigningKey:
    """A curve's private key."""

    group: EcGroup
    private: int = field(repr=False)


def _parse_rsa(key: bytes) -> RsaKey:
    fields = tlv.parse(tlv.need(key, 0x30))
    if len(fields) != 2 or any(item.tag != 0x02 or not item.value for item in fields):
        raise CardError("CARD-07", "RSA public key")
    modulus, exponent = (int.from_bytes(item.value, "big") for item in fields)
    if not SMALLEST_MODULUS_BITS <= modulus.bit_length() <= LARGEST_MODULUS_BITS or modulus % 2 == 0:
        raise CardError("CARD-07", "RSA modulus")
    if exponent < 3 or exponent.bit_length() > LARGEST_EXPONENT_BITS:
        raise CardError("CARD-07", "RSA exponent")
    return RsaKey(modulus, exponent)


def _answer_length(key: VerificationKey) -> int:
    """Short where the signature fits even when it is secured, else extended."""
    long = isinstance(key, RsaKey) and key.length > LONGEST_SHORT_SIGNATURE
    return EXTENDED_LE if long else SHORT_LE


def _verify_ecdsa(key: EcVerificationKey, signature: bytes, challenge: bytes) -> bool:
    scheme = Scheme(Form.ECDSA_PLAIN, key.hash_name)
    return is_signed(EcPublicKey(key.group.curve, key.public), scheme, signature, challenge)


def _sign_ecdsa(key: EcSigningKey, challenge: bytes, hash_name: str) -> bytes:
    private = ec.derive_private_key(key.private, LIBRARY_CURVES[key.group.name]())
    signature = private.sign(challenge, ec.ECDSA(HASHES[hash_name]()))
    return plain_signature(signature, (key.group.order.bit_length() + 7) // 8)
