"""Object identifiers of signature algorithms in X.509 and CMS, and the keys of a SubjectPublicKeyInfo.

Documents in use name algorithms in many ways: with their hash, without it (the message says it), and in BSI's plain
form. Sources: RFC 4055, RFC 5754, RFC 5758, TR-03111 §5.2.
"""

from __future__ import annotations

from typing import Final

from devices.cards.pki.named_curves import curve_of_parameters
from devices.cards.pki.signatures import EcPublicKey, Form, PublicKey, RsaPublicKey, Scheme
from devices.cards.wire import tlv
from devices.cards.wire.object_identifiers import encode_oid
from kiosk.errors import CardError, EacError

SEQUENCE, BIT_STRING, OID = 0x30, 0x03, 0x06
PSS_HASH, PSS_MASK = 0xA0, 0xA1

_RSA: Final = "1.2.840.113549.1.1"
_ECDSA: Final = "1.2.840.10045.4"
_PLAIN: Final = "0.4.0.127.0.7.1.1.4.1"
RSA_ENCRYPTION: Final = encode_oid(f"{_RSA}.1")
RSA_PSS: Final = encode_oid(f"{_RSA}.10")
EC_PUBLIC_KEY: Final = encode_oid("1.2.840.10045.2.1")

HASHES: Final = {
    encode_oid("1.3.14.3.2.26"): "sha1",
    encode_oid("2.16.840.1.101.3.4.2.4"): "sha224",
    encode_oid("2.16.840.1.101.3.4.2.1"): "sha256",
    encode_oid("2.16.840.1.101.3.4.2.2"): "sha384",
    encode_oid("2.16.840.1.101.3.4.2.3"): "sha512",
}
_NAMED: Final = {
    encode_oid(dotted): Scheme(form, name)
    for form, arcs in (
        (Form.RSA_PKCS1, (f"{_RSA}.5", f"{_RSA}.14", f"{_RSA}.11", f"{_RSA}.12", f"{_RSA}.13")),
        (Form.ECDSA_DER, (f"{_ECDSA}.1", f"{_ECDSA}.3.1", f"{_ECDSA}.3.2", f"{_ECDSA}.3.3", f"{_ECDSA}.3.4")),
        (Form.ECDSA_PLAIN, (f"{_PLAIN}.1", f"{_PLAIN}.2", f"{_PLAIN}.3", f"{_PLAIN}.4", f"{_PLAIN}.5")),
    )
    for dotted, name in zip(arcs, HASHES.values(), strict=True)
}
_UNNAMED: Final = {RSA_ENCRYPTION: Form.RSA_PKCS1, EC_PUBLIC_KEY: Form.ECDSA_DER}


def parse_scheme(algorithm: bytes, hash_name: str = "") -> Scheme:
    """From an AlgorithmIdentifier in DER; `hash_name` is that of the message where the algorithm does not say it.

    Raises CardError CARD-07 for an algorithm that is not supported.
    """
    oid, parameters = tlv.first(tlv.need(algorithm, SEQUENCE))
    if oid.value in _NAMED:
        return _NAMED[oid.value]
    if oid.value == RSA_PSS:
        return _parse_pss(parameters)
    if oid.value in _UNNAMED and hash_name:
        return Scheme(_UNNAMED[oid.value], hash_name)
    raise CardError("CARD-07", "a signature algorithm that is not supported")


def parse_hash(algorithm: bytes) -> str:
    """Name of a hash function, as hashlib knows it. Raises CardError CARD-07."""
    name = HASHES.get(tlv.need(algorithm, SEQUENCE, OID))
    if name is None:
        raise CardError("CARD-07", "a hash function that is not supported")
    return name


def format_algorithm(oid: bytes) -> bytes:
    """An AlgorithmIdentifier without parameters."""
    return tlv.encode(SEQUENCE, tlv.encode(OID, oid))


def parse_key(info: bytes) -> PublicKey:
    """From a whole SubjectPublicKeyInfo in DER. Raises CardError CARD-07 for a key that is not supported."""
    parts = tlv.parse(tlv.need(info, SEQUENCE))
    if [part.tag for part in parts] != [SEQUENCE, BIT_STRING] or parts[1].value[:1] != b"\x00":
        raise CardError("CARD-07", "malformed public key")
    oid, parameters = tlv.first(parts[0].value)
    key = parts[1].value[1:]
    if oid.value == EC_PUBLIC_KEY:
        return EcPublicKey(curve_of_parameters(parameters), key)
    if oid.value not in (RSA_ENCRYPTION, RSA_PSS):
        raise CardError("CARD-07", "a public key that is neither of RSA nor of a curve")
    numbers = [int.from_bytes(item.value, "big") for item in tlv.parse(tlv.need(key, SEQUENCE))]
    try:
        return RsaPublicKey(*numbers)
    except (EacError, TypeError):
        raise CardError("CARD-07", "malformed RSA key") from None


def _parse_pss(parameters: bytes) -> Scheme:
    """RSASSA-PSS-params: SHA-1 throughout where nothing is said (RFC 4055 §3.1)."""
    content = tlv.need(parameters, SEQUENCE) if parameters else b""
    found = {item.tag: item.value for item in tlv.parse(content)}
    name = parse_hash(found[PSS_HASH]) if PSS_HASH in found else "sha1"
    mask = "sha1"
    if PSS_MASK in found:
        _, generator = tlv.first(tlv.need(found[PSS_MASK], SEQUENCE))
        mask = parse_hash(generator)
    return Scheme(Form.RSA_PSS, name, mask_hash_name=mask)
