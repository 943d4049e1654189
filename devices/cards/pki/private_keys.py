"""Private keys: files of whoever made them, and what they sign.

Tools for card-verifiable certificates write curve parameters out instead of naming the curve, which `cryptography`
refuses; the parameters are compared with the named curves here. No private number stands in a repr.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from devices.cards.crypto.curves import Curve
from devices.cards.crypto.groups import LIBRARY_CURVES
from devices.cards.pki.algorithms import EC_PUBLIC_KEY
from devices.cards.pki.armour import without_armour
from devices.cards.pki.named_curves import BY_NAME, curve_of_parameters
from devices.cards.pki.signatures import (
    EcPublicKey,
    Form,
    PublicKey,
    RsaPublicKey,
    Scheme,
    plain_signature,
)
from devices.cards.wire import tlv
from devices.cards.wire.tlv import Tlv
from kiosk.errors import CardError, EacError

SEQUENCE, INTEGER, OCTETS, OID, PARAMETERS = 0x30, 0x02, 0x04, 0x06, 0xA0


@dataclass(frozen=True, slots=True)
class PrivateKey:
    """A key of `cryptography`, with the scheme's way of signing."""

    key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey = field(repr=False)

    def sign(self, scheme: Scheme, data: bytes) -> bytes:
        """Raises EacError EAC-03 where the scheme is for another kind of key."""
        match self.key, scheme.form:
            case rsa.RSAPrivateKey(), Form.RSA_PKCS1 | Form.RSA_PSS:
                return self.key.sign(data, scheme.rsa_padding(), scheme.hash)
            case ec.EllipticCurvePrivateKey(), Form.ECDSA_DER:
                return self.key.sign(data, ec.ECDSA(scheme.hash))
            case ec.EllipticCurvePrivateKey(), Form.ECDSA_PLAIN:
                signature = self.key.sign(data, ec.ECDSA(scheme.hash))
                return plain_signature(signature, (self.key.curve.key_size + 7) // 8)
        raise EacError("EAC-03", "the key is of another kind than its certificate says")

    @property
    def public(self) -> PublicKey:
        """The key that verifies."""
        if isinstance(self.key, rsa.RSAPrivateKey):
            numbers = self.key.public_key().public_numbers()
            return RsaPublicKey(numbers.n, numbers.e)
        name = next(name for name, curve in LIBRARY_CURVES.items() if curve().name == self.key.curve.name)
        point = self.key.public_key().public_bytes(
            serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint
        )
        return EcPublicKey(BY_NAME[name], point)

    def format(self) -> bytes:
        """PKCS#8 in PEM, not encrypted."""
        return self.key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )


def draw_ec_key(curve: str) -> PrivateKey:
    """A fresh key on a named curve."""
    return PrivateKey(ec.generate_private_key(LIBRARY_CURVES[curve]()))


def parse_private_key(data: bytes) -> PrivateKey:
    """From PKCS#8 or a curve's own format, without a password, PEM or DER. Raises EacError EAC-01."""
    try:
        [der] = without_armour(data)
        on_curve = _curve_key(tlv.parse(tlv.need(der, SEQUENCE)))
        if on_curve is not None:
            return on_curve
        key = serialization.load_der_private_key(der, None)
    except (CardError, ValueError, TypeError, UnsupportedAlgorithm):
        raise EacError("EAC-01", "no private key without a password") from None
    if not isinstance(key, rsa.RSAPrivateKey):
        raise EacError("EAC-01", "neither a key for ECDSA nor for RSA")
    return PrivateKey(key)


def _curve_key(fields: Sequence[Tlv]) -> PrivateKey | None:
    """PrivateKeyInfo (RFC 5208 §5) or ECPrivateKey with its parameters (RFC 5915 §3); None for anything else."""
    tags = [item.tag for item in fields[:3]]
    if tags == [INTEGER, OCTETS, PARAMETERS]:
        return _derive(curve_of_parameters(fields[2].value), fields[1].value)
    if tags != [INTEGER, SEQUENCE, OCTETS]:
        return None
    algorithm, parameters = tlv.first(fields[1].value)
    if (algorithm.tag, algorithm.value) != (OID, EC_PUBLIC_KEY):
        return None
    return _derive(curve_of_parameters(parameters), tlv.need(fields[2].value, SEQUENCE, OCTETS))


def _derive(curve: Curve, private: bytes) -> PrivateKey:
    if curve.name not in LIBRARY_CURVES:
        raise ValueError("a curve nobody can sign with here")
    return PrivateKey(ec.derive_private_key(int.from_bytes(private, "big"), LIBRARY_CURVES[curve.name]()))
