"""Card-verifiable certificates: what a terminal shows to a card to be allowed to read (TR-03110-3 appendices C and D).

Rules
  1. The bytes that were signed are kept as they came: a certificate is passed on and verified, never encoded again.
  2. Only trust anchors carry domain parameters; every key below takes its issuer's (`CvPublicKey.completed`).
  3. Extensions are kept and not understood: they are for the card.

Who may sign whom, and when, is the business of chain.py.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

from devices.cards.pki.chat import Chat, parse_chat
from devices.cards.pki.cv_public_key import CvPublicKey, parse_cv_public_key
from devices.cards.wire import tlv
from devices.cards.wire.tlv import Tlv
from kiosk.errors import CardError, EacError

__all__ = ["CvCertificate", "CvExtension", "CvPublicKey", "build_cv_certificate", "parse_cv_certificate"]

CERTIFICATE: Final = 0x7F21
BODY: Final = 0x7F4E
PROFILE: Final = 0x5F29
AUTHORITY_REFERENCE: Final = 0x42
PUBLIC_KEY: Final = 0x7F49
HOLDER_REFERENCE: Final = 0x5F20
CHAT: Final = 0x7F4C
EFFECTIVE: Final = 0x5F25
EXPIRES: Final = 0x5F24
EXTENSIONS: Final = 0x65
EXTENSION: Final = 0x73
OID: Final = 0x06
SIGNATURE: Final = 0x5F37

VERSION_1: Final = b"\x00"
ORDER: Final = (PROFILE, AUTHORITY_REFERENCE, PUBLIC_KEY, HOLDER_REFERENCE, CHAT, EFFECTIVE, EXPIRES)
MOST_BYTES: Final = 8192
# Country code, mnemonic of up to nine characters, sequence number of five (TR-03110-3 A.6.1).
REFERENCE_LENGTHS: Final = range(8, 17)


@dataclass(frozen=True, slots=True)
class CvExtension:
    """One discretionary data template: `oid` encoded, `data` the objects behind it."""

    oid: bytes
    data: bytes


@dataclass(frozen=True, slots=True)
class CvCertificate:
    """`car` is the issuer's name, `chr` the holder's; both dates are included in the validity.

    `body` is the whole object 7F4E as it was signed, `signature` the value of 5F37; both are empty in one to be signed.
    """

    car: str
    chr: str
    chat: Chat
    public_key: CvPublicKey
    effective: date
    expires: date
    extensions: tuple[CvExtension, ...] = ()
    body: bytes = b""
    signature: bytes = b""

    def encode(self) -> bytes:
        """The whole object, tag 7F21, as a file *.cvcert holds it."""
        return tlv.encode(CERTIFICATE, self.body + tlv.encode(SIGNATURE, self.signature))

    def verify_with(self, issuer: CvPublicKey) -> None:
        """Raises EacError EAC-02 where the signature is not the issuer's."""
        try:
            issuer.verify(self.signature, self.body)
        except EacError as error:
            raise EacError(error.code, f"{self.chr}: {error.detail}") from None


def parse_cv_certificate(data: bytes) -> CvCertificate:
    """From the whole object 7F21. The signature is not verified. Raises CardError CARD-07."""
    if len(data) > MOST_BYTES:
        raise _malformed("too long")
    outer, behind = tlv.first(data)
    if outer.tag != CERTIFICATE or behind:
        raise _malformed("no certificate")
    body, rest = tlv.first(outer.value)
    signature, behind = tlv.first(rest)
    if (body.tag, signature.tag) != (BODY, SIGNATURE) or behind:
        raise _malformed("no body with a signature")
    signed = outer.value[: len(outer.value) - len(rest)]
    return replace(_parse_body(body.value), body=signed, signature=signature.value)


def build_cv_certificate(content: CvCertificate, sign: Callable[[bytes], bytes]) -> CvCertificate:
    """The same with body and signature. `sign` is the issuer's; raises what it raises."""
    body = _format_body(content)
    return replace(content, body=body, signature=sign(body))


def _parse_body(value: bytes) -> CvCertificate:
    parts = tlv.parse(value)
    tags = tuple(part.tag for part in parts)
    if tags not in (ORDER, (*ORDER, EXTENSIONS)):
        raise _malformed("objects of the body")
    profile, issuer, key, holder, chat, effective, expires = (part.value for part in parts[:7])
    if profile != VERSION_1:
        raise _malformed("profile")
    return CvCertificate(
        _parse_reference(issuer),
        _parse_reference(holder),
        parse_chat(chat),
        parse_cv_public_key(key),
        _parse_date(effective),
        _parse_date(expires),
        tuple(_parse_extension(item) for item in tlv.parse(parts[7].value)) if len(parts) == 8 else (),
    )


def _format_body(content: CvCertificate) -> bytes:
    extensions = b"".join(tlv.encode(EXTENSION, tlv.encode(OID, item.oid) + item.data) for item in content.extensions)
    return tlv.encode(
        BODY,
        tlv.encode_all(
            (PROFILE, VERSION_1),
            (AUTHORITY_REFERENCE, content.car.encode("latin-1")),
            (PUBLIC_KEY, content.public_key.encode()),
            (HOLDER_REFERENCE, content.chr.encode("latin-1")),
        )
        + content.chat.encode()
        + tlv.encode_all((EFFECTIVE, _format_date(content.effective)), (EXPIRES, _format_date(content.expires)))
        + (tlv.encode(EXTENSIONS, extensions) if extensions else b""),
    )


def _parse_reference(value: bytes) -> str:
    text = value.decode("latin-1")
    if len(text) not in REFERENCE_LENGTHS or not text.isprintable():
        raise _malformed("reference")
    return text


def _parse_extension(item: Tlv) -> CvExtension:
    oid, data = tlv.first(item.value)
    if item.tag != EXTENSION or oid.tag != OID:
        raise _malformed("extension")
    return CvExtension(oid.value, data)


def _parse_date(value: bytes) -> date:
    """Six bytes, one digit each: YYMMDD of this century."""
    if len(value) != 6 or max(value) > 9:
        raise _malformed("date")
    year, month, day = (10 * value[at] + value[at + 1] for at in (0, 2, 4))
    try:
        return date(2000 + year, month, day)
    except ValueError:
        raise _malformed("date") from None


def _format_date(day: date) -> bytes:
    return bytes(int(digit) for digit in day.strftime("%y%m%d"))


def _malformed(what: str) -> CardError:
    return CardError("CARD-07", f"CV certificate: {what}")
