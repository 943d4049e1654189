"""X.509 certificates of document signers and CSCAs, as far as passive authentication needs them (ICAO 9303-12 §7.1).

Rules
  1. What was signed is kept as it came and verified as it came: many a state's certificate would not survive being
     encoded again.
  2. Two certificates belong together by key identifier; by name only where the lower one names no key identifier.
  3. Whatever the bytes are, parsing ends in a certificate or in CardError CARD-07.

asn1crypto reads them: `cryptography` refuses keys whose curve is written out, as travel documents have them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from devices.cards.pki.algorithms import parse_key, parse_scheme
from devices.cards.pki.signatures import PublicKey, Scheme, is_signed
from kiosk.errors import CardError

LONGEST_CERTIFICATE: Final = 16384
LONGEST_NAME: Final = 120
# What asn1crypto raises for bytes that are no certificate, now or when a part is looked at.
MALFORMED: Final = (ValueError, TypeError, LookupError, AttributeError, OverflowError, RecursionError)
LONGEST_COUNTRY: Final = 3
DOCUMENT_KEY_USAGE: Final = "digital_signature"
AUTHORITY_KEY_USAGE: Final = "key_cert_sign"


@dataclass(frozen=True, slots=True)
class Certificate:
    """`subject` and `issuer` are names in DER, `name` and `country` the subject's in letters; validity is aware.

    `is_authority` is what basicConstraints and keyUsage say of a CSCA (ICAO 9303-12 §7.1), `usages` and `purposes` are
    keyUsage and extendedKeyUsage (dotted).
    """

    der: bytes = field(repr=False)
    subject: bytes = field(repr=False)
    issuer: bytes = field(repr=False)
    name: str
    country: str
    serial: int
    key_id: bytes | None
    authority_key_id: bytes | None
    begins: datetime
    ends: datetime
    key: PublicKey
    scheme: Scheme
    signed: bytes = field(repr=False)
    signature: bytes = field(repr=False)
    is_authority: bool
    usages: frozenset[str]
    purposes: frozenset[str]

    def valid_at(self, moment: datetime) -> bool:
        return self.begins <= moment <= self.ends

    def names(self, issuer: Certificate) -> bool:
        """Whether it says that `issuer` signed it."""
        if self.authority_key_id and issuer.key_id:
            return self.authority_key_id == issuer.key_id
        return self.issuer == issuer.subject

    def is_signed_by(self, issuer: Certificate) -> bool:
        """Whether the signature is that of the issuer's key."""
        return is_signed(issuer.key, self.scheme, self.signature, self.signed)

    @property
    def may_sign_documents(self) -> bool:
        """A document signer: no authority, its key for signatures, and for no other purpose (ICAO 9303-12 §7.1)."""
        usable = not self.usages or DOCUMENT_KEY_USAGE in self.usages
        return usable and not self.is_authority and not self.purposes


def parse_certificate(der: bytes) -> Certificate:
    """Raises CardError CARD-07, also for a key or an algorithm that is not supported."""
    # asn1crypto takes long to import; only who verifies needs it.
    from asn1crypto import x509

    if len(der) > LONGEST_CERTIFICATE:
        raise CardError("CARD-07", "certificate too long")
    try:
        return _certificate(der, x509.Certificate.load(der, strict=True))
    except MALFORMED:
        raise CardError("CARD-07", "malformed certificate") from None


def _certificate(der: bytes, parsed: Any) -> Certificate:
    content = parsed["tbs_certificate"]
    constraints, usage, extended = (
        parsed.basic_constraints_value,
        parsed.key_usage_value,
        parsed.extended_key_usage_value,
    )
    usages = frozenset(usage.native) if usage is not None else frozenset()
    return Certificate(
        der=der,
        subject=content["subject"].dump(),
        issuer=content["issuer"].dump(),
        name=short_name(content["subject"]),
        country=_printable(str(content["subject"].native.get("country_name", "")).upper())[:LONGEST_COUNTRY],
        serial=content["serial_number"].native,
        key_id=parsed.key_identifier,
        authority_key_id=parsed.authority_key_identifier,
        begins=moment(parsed.not_valid_before),
        ends=moment(parsed.not_valid_after),
        key=parse_key(content["subject_public_key_info"].dump()),
        scheme=parse_scheme(parsed["signature_algorithm"].dump()),
        signed=content.dump(),
        signature=parsed["signature_value"].native,
        is_authority=constraints is not None
        and bool(constraints["ca"].native)
        and (not usages or AUTHORITY_KEY_USAGE in usages),
        usages=usages,
        purposes=frozenset(item.dotted for item in extended) if extended is not None else frozenset(),
    )


def moment(value: Any) -> datetime:
    """A time that can be compared with others. Raises ValueError for one without its zone, or before year 1."""
    if not isinstance(value, datetime) or value.tzinfo is None:
        raise ValueError("a time that is none")
    return value


def short_name(name: Any) -> str:
    """A Name for a technician: its values, the country first."""
    text = ", ".join(str(value) for part in name.chosen for value in (item["value"].native for item in part))
    return _printable(text)[:LONGEST_NAME]


def _printable(text: str) -> str:
    return "".join(letter for letter in text if letter.isprintable())
