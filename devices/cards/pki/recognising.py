"""What a file is that a technician wants to import: its content says so, names and endings are many.

Nothing is verified here but that a master list is signed by the certificate it brings along.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from devices.cards.pki.armour import without_armour
from devices.cards.pki.cms import open_message
from devices.cards.pki.csca import LONGEST_FILE, certificates_of_list, content_of_message, parse_known
from devices.cards.pki.cv_certificate import CvCertificate, parse_cv_certificate
from devices.cards.pki.private_keys import PrivateKey, parse_private_key
from devices.cards.pki.revocation import RevocationList, parse_revocation_list
from devices.cards.pki.x509 import Certificate, parse_certificate
from devices.cards.wire import tlv
from kiosk.errors import CardError, EacError

SEQUENCE, INTEGER, OID = 0x30, 0x02, 0x06
CV_CERTIFICATE: Final = b"\x7f\x21"
CERTIFICATE_LIST: Final = "2.23.136.1.1.2"


@dataclass(frozen=True, slots=True)
class MasterList:
    """`message` as it came; `certificates` are those that can be read here."""

    message: bytes = field(repr=False)
    signer: Certificate
    certificates: tuple[Certificate, ...] = field(repr=False)


Item = CvCertificate | Certificate | RevocationList | MasterList | PrivateKey


def recognise(data: bytes) -> tuple[Item, ...]:
    """What a file holds; a PEM file may hold several. Raises EacError EAC-01 (nothing usable) or EAC-04 (lists)."""
    try:
        return tuple(_recognise(der) for der in without_armour(data))
    except CardError as error:
        raise EacError("EAC-01", error.detail) from None


def _recognise(data: bytes) -> Item:
    if data.startswith(CV_CERTIFICATE):
        return parse_cv_certificate(data)
    begin, _ = tlv.first(tlv.need(data, SEQUENCE))
    if begin.tag == OID:
        return _master_list(data)
    if begin.tag == INTEGER:
        return parse_private_key(data)
    return parse_revocation_list(data) if _is_list(begin.value) else parse_certificate(data)


def _is_list(content: bytes) -> bool:
    """Whether what was signed begins as a revocation list does: version 2 as a bare number (RFC 5280 §5.1)."""
    begin, rest = tlv.first(content)
    following, _ = tlv.first(rest)
    return (begin.tag, begin.value, following.tag) == (INTEGER, b"\x01", SEQUENCE)


def _master_list(data: bytes) -> MasterList:
    """Raises EacError EAC-04."""
    try:
        message = open_message(data, LONGEST_FILE)
        if message.content_type != CERTIFICATE_LIST or content_of_message(data) != message.content:
            raise CardError("CARD-07", "no master list in DER")
        return MasterList(data, message.signer, parse_known(certificates_of_list(message.content)))
    except CardError as error:
        raise EacError("EAC-04", error.detail) from None
