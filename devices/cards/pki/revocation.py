"""Certificate revocation lists of CSCAs (ICAO 9303-12 §7.1.4, RFC 5280 §5).

A list with a critical extension, such as one that only tells what changed, or one of a part of the certificates, says
less than it seems to: it is refused, as no CSCA may issue it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from devices.cards.pki.algorithms import parse_scheme
from devices.cards.pki.signatures import Scheme, is_signed
from devices.cards.pki.x509 import MALFORMED, Certificate, moment, short_name
from devices.cards.wire import tlv
from kiosk.errors import CardError

LONGEST_LIST: Final = 4 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class RevocationList:
    """`serials` are the certificates of `issuer` (a name in DER) that count no longer.

    `next_update` None is a list that does not say when the next one is due.
    """

    der: bytes = field(repr=False)
    issuer: bytes = field(repr=False)
    name: str
    authority_key_id: bytes | None
    this_update: datetime
    next_update: datetime | None
    serials: frozenset[int] = field(repr=False)
    scheme: Scheme
    signed: bytes = field(repr=False)
    signature: bytes = field(repr=False)

    def names(self, issuer: Certificate) -> bool:
        """Whether it says that `issuer` signed it."""
        if self.authority_key_id and issuer.key_id:
            return self.authority_key_id == issuer.key_id
        return self.issuer == issuer.subject

    def is_signed_by(self, issuer: Certificate) -> bool:
        """Whether the signature is that of the issuer's key."""
        return is_signed(issuer.key, self.scheme, self.signature, self.signed)


def parse_revocation_list(der: bytes) -> RevocationList:
    """Raises CardError CARD-07."""
    # asn1crypto takes long to import; only who verifies needs it.
    from asn1crypto import crl

    if len(der) > LONGEST_LIST:
        raise CardError("CARD-07", "revocation list too long")
    try:
        return _list(der, crl.CertificateList.load(der, strict=True))
    except MALFORMED:
        raise CardError("CARD-07", "malformed revocation list") from None


def _list(der: bytes, parsed: Any) -> RevocationList:
    content = parsed["tbs_cert_list"]
    if parsed.critical_extensions:
        raise CardError("CARD-07", "a revocation list that is not a whole one")
    key_id = parsed.authority_key_identifier_value
    return RevocationList(
        der=der,
        issuer=content["issuer"].dump(),
        name=short_name(content["issuer"]),
        authority_key_id=None if key_id is None else key_id["key_identifier"].native,
        this_update=moment(content["this_update"].native),
        next_update=None if content["next_update"].native is None else moment(content["next_update"].native),
        serials=_serials(content["revoked_certificates"].contents or b""),
        scheme=parse_scheme(parsed["signature_algorithm"].dump()),
        signed=content.dump(),
        signature=parsed["signature"].native,
    )


def _serials(entries: bytes) -> frozenset[int]:
    """Read without asn1crypto, which takes seconds for a long list."""
    serials = (tlv.first(entry.value)[0].value for entry in tlv.parse(entries))
    return frozenset(int.from_bytes(serial, "big", signed=True) for serial in serials)
