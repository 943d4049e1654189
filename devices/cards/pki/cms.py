"""Signed messages in the form CMS has them: EF.CardSecurity, the contents of EF.SOD, and master lists (RFC 5652 §5).

Rules
  1. A message is refused unless its signature fits the certificate inside it; only then is that certificate looked
     at, and whether its state is known.
  2. Signed attributes are mandatory: content type and digest of the content must stand among them, once each
     (ICAO 9303-10 §4.6.2.2, TR-03110-3 A.1.2.3).
  3. The attributes are signed as a SET, in the bytes in which they came; only their tag differs.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from devices.cards.pki.algorithms import parse_hash, parse_scheme
from devices.cards.pki.signatures import is_signed
from devices.cards.pki.x509 import MALFORMED, Certificate, parse_certificate
from devices.cards.wire import tlv
from devices.cards.wire.object_identifiers import encode_oid
from kiosk.errors import CardError
from kiosk.identity import Authenticity

if TYPE_CHECKING:
    from devices.cards.pki.csca import CscaStore

SET, SEQUENCE, OID, OCTETS = 0x31, 0x30, 0x06, 0x04
CONTENT_TYPE: Final = encode_oid("1.2.840.113549.1.9.3")
MESSAGE_DIGEST: Final = encode_oid("1.2.840.113549.1.9.4")
LONGEST_MESSAGE: Final = 65536
MOST_CERTIFICATES: Final = 16


@dataclass(frozen=True, slots=True)
class SignedContent:
    """What a card had signed. `content_type` is dotted, `signer` a name for a technician.

    `authenticity` is VERIFIED, or UNVERIFIED where the signer's state is not known here.
    """

    content: bytes = field(repr=False)
    content_type: str
    authenticity: Authenticity
    signer: str


@dataclass(frozen=True, slots=True)
class SignedMessage:
    """A message whose signature fits `signer`, the certificate it brought along."""

    content: bytes = field(repr=False)
    content_type: str
    signer: Certificate


def verify_signed_data(data: bytes, trust: CscaStore, now: datetime) -> SignedContent:
    """`data` is a whole ContentInfo, `now` is aware.

    Raises CardError CARD-10 (wrong signature; signer expired, revoked, or no document signer), CARD-07 (malformed).
    """
    message = open_message(data)
    authenticity = trust.authenticity_of(message.signer, now)
    return SignedContent(message.content, message.content_type, authenticity, message.signer.name)


def open_message(data: bytes, longest: int = LONGEST_MESSAGE) -> SignedMessage:
    """Check the signature. Who the signer is remains to be asked. Raises CardError CARD-10 or CARD-07."""
    # asn1crypto takes long to import; only who verifies needs it.
    from asn1crypto import cms

    if len(data) > longest:
        raise CardError("CARD-07", "signed message too long")
    try:
        info = cms.ContentInfo.load(data, strict=True)
        if info["content_type"].native != "signed_data":
            raise CardError("CARD-07", "no signed message")
        return _open(info["content"])
    except MALFORMED:
        raise CardError("CARD-07", "malformed signed message") from None


def _open(signed: Any) -> SignedMessage:
    info, inside = signed["signer_infos"][0], signed["encap_content_info"]
    content, content_type = bytes(inside["content"]), inside["content_type"].dotted
    attributes = info["signed_attrs"].contents
    if not attributes:
        raise CardError("CARD-07", "signed message without signed attributes")
    hash_name = parse_hash(info["digest_algorithm"].dump())
    digest = hashlib.new(hash_name, content, usedforsecurity=False).digest()
    _check_attribute(attributes, CONTENT_TYPE, tlv.encode(OID, encode_oid(content_type)))
    _check_attribute(attributes, MESSAGE_DIGEST, tlv.encode(OCTETS, digest))
    signer = _signer(info["sid"], signed["certificates"])
    scheme = parse_scheme(info["signature_algorithm"].dump(), hash_name)
    if not is_signed(signer.key, scheme, info["signature"].native, tlv.encode(SET, attributes)):
        raise CardError("CARD-10", "wrong signature")
    return SignedMessage(content, content_type, signer)


def _check_attribute(attributes: bytes, oid: bytes, expected: bytes) -> None:
    """Raises CardError CARD-10 where it says something else, CARD-07 where it is not there once."""
    found = [
        tlv.need(item.value, SET)
        for item in tlv.parse(attributes)
        if item.tag == SEQUENCE and tlv.need(item.value, OID) == oid
    ]
    if len(found) != 1:
        raise CardError("CARD-07", "signed attributes")
    if not hmac.compare_digest(found[0], expected):
        raise CardError("CARD-10", "the content is not what was signed")


def _signer(identifier: Any, certificates: Any) -> Certificate:
    """The certificate a signer is identified by, out of those in the message."""
    if len(certificates) > MOST_CERTIFICATES:
        raise CardError("CARD-07", "signed message with too many certificates")
    for choice in certificates:
        carried = choice.chosen
        if identifier.name == "subject_key_identifier":
            same = carried.key_identifier == identifier.chosen.native
        else:
            wanted = identifier.chosen
            same = (wanted["serial_number"].native, wanted["issuer"]) == (carried.serial_number, carried.issuer)
        if same:
            return parse_certificate(carried.dump())
    raise CardError("CARD-10", "signed message without its signer's certificate")
