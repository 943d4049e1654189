"""Public keys inside card-verifiable certificates: their data objects and their algorithms (TR-03110-3 A.6.4, D.3).

The objects stay as they came until a signature is verified: a key without domain parameters means nothing before it
took its issuer's.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from devices.cards.pki.named_curves import CurveNumbers, curve_of_numbers
from devices.cards.pki.signatures import EcPublicKey, Form, PublicKey, RsaPublicKey, Scheme, is_signed
from devices.cards.wire import tlv
from devices.cards.wire.object_identifiers import encode_oid
from kiosk.errors import CardError, EacError

OID: Final = 0x06
MODULUS, EXPONENT = 0x81, 0x82
PRIME, COEFFICIENT_A, COEFFICIENT_B, BASE_POINT, ORDER, POINT, COFACTOR = range(0x81, 0x88)
ONE: Final = b"\x01"
DOMAIN: Final = (PRIME, COEFFICIENT_A, COEFFICIENT_B, BASE_POINT, ORDER)
MOST_KEY_BYTES: Final = 1024

_RSA: Final = "0.4.0.127.0.7.2.2.2.1"
_ECDSA: Final = "0.4.0.127.0.7.2.2.2.2"
SCHEMES: Final[dict[bytes, Scheme]] = {
    encode_oid(f"{_RSA}.1"): Scheme(Form.RSA_PKCS1, "sha1"),
    encode_oid(f"{_RSA}.2"): Scheme(Form.RSA_PKCS1, "sha256"),
    encode_oid(f"{_RSA}.3"): Scheme(Form.RSA_PSS, "sha1", 20),
    encode_oid(f"{_RSA}.4"): Scheme(Form.RSA_PSS, "sha256", 32),
    encode_oid(f"{_RSA}.5"): Scheme(Form.RSA_PKCS1, "sha512"),
    encode_oid(f"{_RSA}.6"): Scheme(Form.RSA_PSS, "sha512", 64),
    encode_oid(f"{_ECDSA}.1"): Scheme(Form.ECDSA_PLAIN, "sha1"),
    encode_oid(f"{_ECDSA}.2"): Scheme(Form.ECDSA_PLAIN, "sha224"),
    encode_oid(f"{_ECDSA}.3"): Scheme(Form.ECDSA_PLAIN, "sha256"),
    encode_oid(f"{_ECDSA}.4"): Scheme(Form.ECDSA_PLAIN, "sha384"),
    encode_oid(f"{_ECDSA}.5"): Scheme(Form.ECDSA_PLAIN, "sha512"),
}


@dataclass(frozen=True, slots=True)
class CvPublicKey:
    """`oid` is the encoded algorithm, `parts` the numbers behind it by tag, in the order of the certificate."""

    oid: bytes
    parts: tuple[tuple[int, bytes], ...]

    @property
    def scheme(self) -> Scheme:
        """How this key signs."""
        return SCHEMES[self.oid]

    @property
    def elliptic(self) -> bool:
        return self.scheme.form is Form.ECDSA_PLAIN

    @property
    def has_domain(self) -> bool:
        """Whether the key can be used as it is."""
        return not self.elliptic or len(self.parts) > 1

    def completed(self, issuer: CvPublicKey) -> CvPublicKey:
        """With the issuer's domain parameters, where it has none of its own."""
        if self.has_domain or not issuer.elliptic:
            return self
        own = dict(self.parts)
        merged = [(tag, own.get(tag, value)) for tag, value in issuer.parts]
        return replace(self, parts=tuple(merged))

    def verify(self, signature: bytes, data: bytes) -> None:
        """Raises EacError EAC-02 (not this key's signature) or EAC-01 (a key that cannot be used)."""
        if not is_signed(self.public_key(), self.scheme, signature, data):
            raise EacError("EAC-02", "the signature is not the issuer's")

    def public_key(self) -> PublicKey:
        """Raises EacError EAC-01 for a curve nobody standardised, or without domain parameters."""
        numbers = dict(self.parts)
        if not self.elliptic:
            modulus, exponent = (int.from_bytes(numbers[tag], "big") for tag in (MODULUS, EXPONENT))
            return RsaPublicKey(modulus, exponent)
        if not self.has_domain:
            raise EacError("EAC-01", "a key without domain parameters")
        if int.from_bytes(numbers.get(COFACTOR, ONE), "big") != 1:
            raise EacError("EAC-01", "domain parameters with a cofactor no curve here has")
        try:
            curve = curve_of_numbers(CurveNumbers(*(numbers[tag] for tag in DOMAIN)))
        except CardError as error:
            raise EacError("EAC-01", error.detail) from None
        return EcPublicKey(curve, numbers[POINT])

    def encode(self) -> bytes:
        """The value of tag 7F49."""
        return tlv.encode(OID, self.oid) + tlv.encode_all(*self.parts)


def parse_cv_public_key(value: bytes) -> CvPublicKey:
    """From the value of tag 7F49. Raises CardError CARD-07."""
    objects = tlv.parse(value)
    oid = objects[0] if objects else None
    if oid is None or oid.tag != OID or oid.value not in SCHEMES:
        raise CardError("CARD-07", "CV certificate: algorithm")
    parts = tuple((item.tag, item.value) for item in objects[1:])
    if any(not 1 <= len(number) <= MOST_KEY_BYTES for _, number in parts):
        raise CardError("CARD-07", "CV certificate: length of a key")
    key = CvPublicKey(oid.value, parts)
    if tuple(tag for tag, _ in parts) not in _shapes(elliptic=key.elliptic):
        raise CardError("CARD-07", "CV certificate: parts of a key")
    return key


def _shapes(*, elliptic: bool) -> tuple[tuple[int, ...], ...]:
    if not elliptic:
        return ((MODULUS, EXPONENT),)
    return ((POINT,), (*DOMAIN, POINT), (*DOMAIN, POINT, COFACTOR))
