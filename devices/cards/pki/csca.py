"""The states whose documents are known here: a folder of CSCA certificates, master lists and revocation lists.

Files: *.cer, *.crt, *.der, *.pem (certificates; PEM may hold several), *.ml (master lists, checked when they were
imported), *.crl. Others are not looked at. Whoever may write to the folder says whom this terminal trusts.

Rules
  1. A document signer counts if a CSCA's key signed it, both are valid now, and no list of that CSCA revokes it.
  2. A signer whose CSCA is not here is unknown, not wrong. One that names a CSCA that is here must be signed by it.
  3. A revocation list counts if its CSCA signed it, even when a newer one is overdue. After a change of keys a state
     lists in one, signed with the newest key, what it signed with any (ICAO 9303-12): the name tells.
  4. The folder is read again when something in it changed. Certificates are taken apart when they are needed: a master
     list has hundreds, a card needs one.

Not for several threads at a time.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Final

from devices.cards.pki.armour import without_armour
from devices.cards.pki.folder import FolderFile, read_file, read_folder
from devices.cards.pki.revocation import RevocationList, parse_revocation_list
from devices.cards.pki.x509 import Certificate, parse_certificate
from devices.cards.wire import tlv
from kiosk.errors import CardError, EacError
from kiosk.identity import Authenticity

CERTIFICATES: Final = frozenset({".cer", ".crt", ".der", ".pem"})
MASTER_LISTS: Final = ".ml"
REVOCATIONS: Final = ".crl"
LONGEST_FILE: Final = 16 * 1024 * 1024
SEQUENCE, SET, OCTETS = 0x30, 0x31, 0x04
EXPLICIT: Final = 0xA0


@dataclass(frozen=True, slots=True)
class _Contents:
    """What the folder held when its files were `files`; certificates in DER."""

    files: tuple[FolderFile, ...] = ()
    certificates: tuple[bytes, ...] = field(default=(), repr=False)
    revocations: tuple[RevocationList, ...] = field(default=(), repr=False)


class CscaStore:
    """`folder` None, or one that is not there, knows no state. False where it is empty."""

    def __init__(self, folder: Path | None = None) -> None:
        """Raises EacError EAC-04 for a malformed file."""
        self._folder = folder
        self._contents = _Contents()
        self._refresh()

    def __bool__(self) -> bool:
        self._refresh()
        return bool(self._contents.certificates)

    def authenticity_of(self, signer: Certificate, now: datetime) -> Authenticity:
        """VERIFIED, or UNVERIFIED where no CSCA of its state is known.

        Raises CardError CARD-10: no document signer, expired, revoked, not signed by the CSCA it names, or that one
        has expired. EacError EAC-04 for a folder that cannot be read any more.
        """
        if not signer.may_sign_documents:
            raise CardError("CARD-10", f"{signer.name}: no document signer")
        if not signer.valid_at(now):
            raise CardError("CARD-10", f"{signer.name}: not valid now")
        named = self.issuers_of(signer)
        if not named:
            return Authenticity.UNVERIFIED
        issuers = [issuer for issuer in named if signer.is_signed_by(issuer)]
        if not issuers:
            raise CardError("CARD-10", f"{signer.name}: not signed by the CSCA it names")
        if not any(issuer.valid_at(now) for issuer in issuers):
            raise CardError("CARD-10", f"{issuers[0].name}: this CSCA is not valid now")
        if self.is_revoked(signer, issuers):
            raise CardError("CARD-10", f"{signer.name}: revoked")
        return Authenticity.VERIFIED

    def issuers_of(self, signed: Certificate | RevocationList) -> tuple[Certificate, ...]:
        """Every CSCA here that a certificate or list names as its issuer, link certificates among them."""
        self._refresh()
        clues = [clue for clue in (signed.authority_key_id, signed.issuer) if clue]
        candidates = [der for der in self._contents.certificates if any(clue in der for clue in clues)]
        return tuple(item for item in parse_known(candidates) if item.is_authority and signed.names(item))

    def is_revoked(self, certificate: Certificate, issuers: Sequence[Certificate]) -> bool:
        """Whether a list that counts here has it. `issuers` are the CSCAs that signed it."""
        return any(
            certificate.serial in item.serials and any(map(item.is_signed_by, self._makers(item, certificate, issuers)))
            for item in self.revocation_lists
        )

    @property
    def certificates(self) -> tuple[Certificate, ...]:
        """All that can be read, for a technician; takes a second for a master list. Raises EacError EAC-04."""
        self._refresh()
        return parse_known(self._contents.certificates)

    @property
    def revocation_lists(self) -> tuple[RevocationList, ...]:
        """All, whoever signed them. Raises EacError EAC-04."""
        self._refresh()
        return self._contents.revocations

    def _makers(
        self, item: RevocationList, certificate: Certificate, issuers: Sequence[Certificate]
    ) -> list[Certificate]:
        """Who may have signed a list that revokes the certificate: its CSCA, or the same one with another key."""
        named = [issuer for issuer in issuers if item.names(issuer)]
        if item.issuer == certificate.issuer:
            named += [other for other in self.issuers_of(item) if other.subject == item.issuer]
        return named

    def _refresh(self) -> None:
        try:
            files = read_folder(self._folder)
            if files != self._contents.files:
                self._contents = _load(files)
        except (EacError, CardError) as error:
            raise EacError("EAC-04", error.detail) from None


def certificates_of_list(content: bytes) -> tuple[bytes, ...]:
    """The certificates of a CscaMasterList, each in DER (ICAO 9303-12 §8.1). Raises CardError CARD-07."""
    members = tlv.parse(tlv.need(content, SEQUENCE, SET))
    return tuple(tlv.encode(member.tag, member.value) for member in members)


def _load(files: tuple[FolderFile, ...]) -> _Contents:
    certificates: list[bytes] = []
    revocations: list[RevocationList] = []
    for path in (file.path for file in files):
        try:
            if path.suffix in CERTIFICATES:
                certificates += map(_whole, without_armour(read_file(path, LONGEST_FILE)))
            elif path.suffix == MASTER_LISTS:
                certificates += certificates_of_list(content_of_message(read_file(path, LONGEST_FILE)))
            elif path.suffix == REVOCATIONS:
                revocations.append(parse_revocation_list(read_file(path, LONGEST_FILE)))
        except CardError as error:
            raise EacError("EAC-04", f"{path.name}: {error.detail}") from None
    return _Contents(files, tuple(certificates), tuple(revocations))


def content_of_message(message: bytes) -> bytes:
    """Of a signed message that was verified when it was imported."""
    signed = tlv.need(message, SEQUENCE, EXPLICIT, SEQUENCE)
    return tlv.need(signed, SEQUENCE, EXPLICIT, OCTETS)


def _whole(der: bytes) -> bytes:
    outer, rest = tlv.first(der)
    if outer.tag != SEQUENCE or rest:
        raise CardError("CARD-07", "no certificate")
    return der


def parse_known(certificates: Iterable[bytes]) -> tuple[Certificate, ...]:
    """A state's certificate that cannot be read here is as good as none: lists have some with odd algorithms."""
    found = []
    for der in certificates:
        with suppress(CardError):
            found.append(parse_certificate(der))
    return tuple(found)
