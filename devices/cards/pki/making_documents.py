"""What a state signs travel documents and cards with, made for trials: CSCA, document signer, messages and lists.

As real ones are: curves written out in numbers, key identifiers, signed attributes. asn1crypto encodes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from devices.cards.pki.algorithms import EC_PUBLIC_KEY
from devices.cards.pki.named_curves import format_parameters, numbers_of
from devices.cards.pki.private_keys import PrivateKey
from devices.cards.pki.signatures import EcPublicKey, Form, Scheme
from devices.cards.pki.x509 import Certificate, parse_certificate
from devices.cards.wire import tlv

SEQUENCE, SET, INTEGER, BIT_STRING, OID = 0x30, 0x31, 0x02, 0x03, 0x06
COUNTRY: Final = "DE"
ORGANISATION: Final = "Rathaus-Kiosk trial"
ECDSA_SHA256: Final = Scheme(Form.ECDSA_DER, "sha256")
MASTER_LIST: Final = "2.23.136.1.1.2"
MASTER_LIST_SIGNER: Final = "2.23.136.1.1.3"


@dataclass(frozen=True, slots=True)
class Holder:
    """A certificate with its private key."""

    certificate: Certificate
    key: PrivateKey = field(repr=False)


@dataclass(frozen=True, slots=True)
class Order:
    """A certificate to be issued. `purpose` is a dotted extendedKeyUsage; both ends of the validity are aware."""

    name: str
    key: PrivateKey = field(repr=False)
    serial: int
    begins: datetime
    ends: datetime
    is_authority: bool = False
    purpose: str = ""


def issue(order: Order, issuer: Holder | None = None) -> Holder:
    """By `issuer`, or signed by itself. The key is one of a curve."""
    from asn1crypto import keys, x509  # here only: who verifies cards makes none

    name = x509.Name.build({"country_name": COUNTRY, "organization_name": ORGANISATION, "common_name": order.name})
    content = x509.TbsCertificate(
        {
            "version": "v3",
            "serial_number": order.serial,
            "signature": {"algorithm": "sha256_ecdsa"},
            "issuer": x509.Name.load(issuer.certificate.subject) if issuer else name,
            "validity": {
                "not_before": x509.Time({"utc_time": order.begins}),
                "not_after": x509.Time({"utc_time": order.ends}),
            },
            "subject": name,
            "subject_public_key_info": keys.PublicKeyInfo.load(_key_info(order.key)),
            "extensions": _extensions(order, issuer),
        }
    )
    signature = (issuer.key if issuer else order.key).sign(ECDSA_SHA256, content.dump())
    return Holder(parse_certificate(_signed(content.dump(), signature)), order.key)


def sign_message(content: bytes, content_type: str, signer: Holder, others: Sequence[Certificate] = ()) -> bytes:
    """SignedData in a ContentInfo, as EF.CardSecurity is and EF.SOD contains it."""
    from asn1crypto import cms, x509  # here only: who verifies cards makes none

    digest = hashlib.sha256(content).digest()
    attributes = cms.CMSAttributes(
        [
            cms.CMSAttribute({"type": "content_type", "values": [content_type]}),
            cms.CMSAttribute({"type": "message_digest", "values": [digest]}),
        ]
    )
    carried = x509.Certificate.load(signer.certificate.der)
    info = {
        "version": "v1",
        "sid": {"issuer_and_serial_number": {"issuer": carried.issuer, "serial_number": carried.serial_number}},
        "digest_algorithm": {"algorithm": "sha256"},
        "signed_attrs": attributes,
        "signature_algorithm": {"algorithm": "sha256_ecdsa"},
        "signature": signer.key.sign(ECDSA_SHA256, attributes.dump()),
    }
    message = {
        "version": "v3",
        "digest_algorithms": [{"algorithm": "sha256"}],
        "encap_content_info": {"content_type": content_type, "content": content},
        "certificates": [carried, *(x509.Certificate.load(other.der) for other in others)],
        "signer_infos": [info],
    }
    return bytes(cms.ContentInfo({"content_type": "signed_data", "content": cms.SignedData(message)}).dump())


def build_master_list(certificates: Iterable[Certificate], signer: Holder) -> bytes:
    """A CscaMasterList in a signed message (ICAO 9303-12 §8.1)."""
    members = b"".join(sorted(certificate.der for certificate in certificates))
    content = tlv.encode(SEQUENCE, tlv.encode(INTEGER, b"\x00") + tlv.encode(SET, members))
    return sign_message(content, MASTER_LIST, signer)


def build_revocation_list(
    serials: Iterable[int], issuer: Holder, this_update: datetime, next_update: datetime
) -> bytes:
    """In DER, signed by a CSCA."""
    from asn1crypto import crl, x509  # here only: who verifies cards makes none

    key_id = {"key_identifier": issuer.certificate.key_id}
    content = crl.TbsCertList(
        {
            "version": "v2",
            "signature": {"algorithm": "sha256_ecdsa"},
            "issuer": x509.Name.load(issuer.certificate.subject),
            "this_update": x509.Time({"utc_time": this_update}),
            "next_update": x509.Time({"utc_time": next_update}),
            "revoked_certificates": [
                {"user_certificate": serial, "revocation_date": x509.Time({"utc_time": this_update})}
                for serial in serials
            ],
            "crl_extensions": [{"extn_id": "authority_key_identifier", "extn_value": key_id}],
        }
    )
    return _signed(content.dump(), issuer.key.sign(ECDSA_SHA256, content.dump()))


def _signed(content: bytes, signature: bytes) -> bytes:
    algorithm = tlv.encode(SEQUENCE, tlv.encode(OID, bytes.fromhex("2A8648CE3D040302")))
    return tlv.encode(SEQUENCE, content + algorithm + tlv.encode(BIT_STRING, b"\x00" + signature))


def _key_info(key: PrivateKey) -> bytes:
    """SubjectPublicKeyInfo with the curve written out."""
    public = _on_curve(key)
    algorithm = tlv.encode(OID, EC_PUBLIC_KEY) + format_parameters(numbers_of(public.curve))
    return tlv.encode(SEQUENCE, tlv.encode(SEQUENCE, algorithm) + tlv.encode(BIT_STRING, b"\x00" + public.point))


def _key_id(key: PrivateKey) -> bytes:
    """RFC 5280 §4.2.1.2, method 1."""
    return hashlib.sha1(_on_curve(key).point, usedforsecurity=False).digest()


def _on_curve(key: PrivateKey) -> EcPublicKey:
    public = key.public
    if not isinstance(public, EcPublicKey):
        raise TypeError("trial certificates are for keys of a curve")
    return public


def _extensions(order: Order, issuer: Holder | None) -> list[dict[str, Any]]:
    usage = {"key_cert_sign", "crl_sign"} if order.is_authority else {"digital_signature"}
    own = _key_id(order.key)
    above = issuer.certificate.key_id if issuer else own
    found: list[dict[str, Any]] = [
        {"extn_id": "key_identifier", "extn_value": own},
        {"extn_id": "authority_key_identifier", "extn_value": {"key_identifier": above}},
        {"extn_id": "key_usage", "critical": True, "extn_value": usage},
    ]
    if order.is_authority:
        limits = {"ca": True, "path_len_constraint": 0}
        found.append({"extn_id": "basic_constraints", "critical": True, "extn_value": limits})
    if order.purpose:
        found.append({"extn_id": "extended_key_usage", "critical": True, "extn_value": [order.purpose]})
    return found
