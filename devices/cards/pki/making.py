"""A whole test PKI: what opens virtual cards, and what signed the data on them. Made at set-up, in no release.

It is made of private keys and the day of making, nothing else: kept in a folder, it gives the same authorities again,
so that a virtual card in one process and the reader in another trust each other.
    keys/*.pkcs8, made_on      the PKI itself
    eac/                       a TerminalStore whose terminal may do everything
    csca/                      a CscaStore that knows the state
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from enum import Enum
from pathlib import Path
from typing import Final

from devices.cards.pki.chat import HolderRole
from devices.cards.pki.cv_certificate import CvCertificate
from devices.cards.pki.folder import write_file
from devices.cards.pki.making_documents import Holder, Order, build_revocation_list, issue, sign_message
from devices.cards.pki.making_terminals import ALL_RIGHTS, TerminalOrder, certify, public_cv_key
from devices.cards.pki.private_keys import PrivateKey, draw_ec_key, parse_private_key
from devices.cards.pki.signer import FileSigner
from devices.cards.pki.terminal_store import SUFFIX, file_stem
from kiosk.errors import EacError

CURVE: Final = "brainpoolP256r1"
FIRST_CVCA, SECOND_CVCA = "DETESTCVCA00001", "DETESTCVCA00002"
DOCUMENT_VERIFIER: Final = "DETESTDVDE00001"
TERMINAL: Final = "DETESTATKI00001"
KEYS: Final = ("first-cvca", "second-cvca", "document-verifier", "terminal", "csca", "document-signer")
CARD_SECURITY: Final = "0.4.0.127.0.7.3.2.1"
SECURITY_OBJECT: Final = "2.23.136.1.1.1"
BEGAN: Final = timedelta(days=30)
LASTS: Final = timedelta(days=3650)
A_DAY: Final = timedelta(days=1)
CSCA_SERIAL, SIGNER_SERIAL = 1, 2
OTHER_PURPOSE: Final = "2.23.136.1.1.3"


class SignerFlaw(Enum):
    """What can be wrong with a document signer."""

    EXPIRED = "its certificate is no longer valid"
    UNKNOWN = "its CSCA is not in csca/"
    WRONG_ROLE = "its certificate is for master lists"
    REVOKED = "a list in csca/ revokes it"


@dataclass(frozen=True, slots=True)
class SpecimenPki:
    """`made_on` is the day from which validity is counted. Methods that write raise EacError EAC-01."""

    keys: Mapping[str, PrivateKey] = field(repr=False)
    made_on: date
    flaw: SignerFlaw | None = None

    def flawed(self, flaw: SignerFlaw) -> SpecimenPki:
        """The same authorities with such a document signer."""
        return replace(self, flaw=flaw)

    # ---- terminals

    def anchors(self) -> tuple[CvCertificate, ...]:
        """Trust anchors of a card, the most recent first."""
        return self._cvca(SECOND_CVCA, SECOND_CVCA), self._cvca(FIRST_CVCA, FIRST_CVCA)

    def link(self) -> CvCertificate:
        """The second CVCA's certificate, signed by the first."""
        return self._cvca(SECOND_CVCA, FIRST_CVCA)

    def chain(self, rights: int = ALL_RIGHTS) -> tuple[CvCertificate, CvCertificate]:
        """From the second CVCA down to a terminal that may do `rights`."""
        return self.document_verifier(), self.terminal(rights)

    def document_verifier(self) -> CvCertificate:
        return self._certify(DOCUMENT_VERIFIER, HolderRole.DOMESTIC_DOCUMENT_VERIFIER, SECOND_CVCA)

    def terminal(self, rights: int = ALL_RIGHTS) -> CvCertificate:
        return self._certify(TERMINAL, HolderRole.TERMINAL, DOCUMENT_VERIFIER, rights)

    @property
    def signer(self) -> FileSigner:
        """With the terminal's key."""
        key = self.keys["terminal"]
        return FileSigner(key, public_cv_key(key).scheme)

    def write_terminal(self, folder: Path, rights: int = ALL_RIGHTS) -> None:
        """Make `folder` a TerminalStore whose terminal may do `rights`."""
        certificates = {"first-cvca": self.anchors()[1], "second-cvca": self.anchors()[0], "link": self.link()}
        certificates |= {"document-verifier": self.document_verifier(), "terminal": self.terminal(rights)}
        for name, certificate in certificates.items():
            write_file(folder / f"{name}{SUFFIX}", certificate.encode())
        write_file(folder / f"{file_stem(TERMINAL)}.pkcs8", self.keys["terminal"].format(), private=True)

    # ---- documents

    def sign_card_security(self, infos: bytes) -> bytes:
        """EF.CardSecurity around SecurityInfos."""
        return sign_message(infos, CARD_SECURITY, self.document_signer())

    def sign_security_object(self, content: bytes) -> bytes:
        """The signed message of EF.SOD around an LDS security object."""
        return sign_message(content, SECURITY_OBJECT, self.document_signer())

    def csca(self) -> Holder:
        return issue(Order("CSCA", self.keys["csca"], CSCA_SERIAL, *self._validity(), is_authority=True))

    def document_signer(self) -> Holder:
        """With the flaw this PKI has."""
        order = Order("DS", self.keys["document-signer"], SIGNER_SERIAL, *self._validity())
        issuer = self.csca()
        match self.flaw:
            case SignerFlaw.EXPIRED:
                order = replace(order, ends=order.begins + A_DAY)
            case SignerFlaw.WRONG_ROLE:
                order = replace(order, purpose=OTHER_PURPOSE)
            case SignerFlaw.UNKNOWN:
                issuer = issue(Order("CSCA X", draw_ec_key(CURVE), CSCA_SERIAL, *self._validity(), is_authority=True))
            case SignerFlaw.REVOKED | None:
                pass
        return issue(order, issuer)

    def write_csca(self, folder: Path) -> None:
        """Make `folder` a CscaStore that knows the state."""
        write_file(folder / "csca.cer", self.csca().certificate.der)
        if self.flaw is SignerFlaw.REVOKED:
            write_file(folder / "csca.crl", build_revocation_list([SIGNER_SERIAL], self.csca(), *self._validity()))

    def _cvca(self, holder: str, issuer: str) -> CvCertificate:
        return self._certify(holder, HolderRole.CVCA, issuer)

    def _certify(self, holder: str, role: HolderRole, issuer: str, rights: int = ALL_RIGHTS) -> CvCertificate:
        effective, expires = self.made_on - BEGAN, self.made_on + LASTS
        order = TerminalOrder(holder, self.keys[_KEY_OF[holder]], role, effective, expires, rights)
        return certify(order, issuer, self.keys[_KEY_OF[issuer]])

    def _validity(self) -> tuple[datetime, datetime]:
        begin = datetime.combine(self.made_on, time(), UTC)
        return begin - BEGAN, begin + LASTS


_KEY_OF: Final = {
    FIRST_CVCA: "first-cvca",
    SECOND_CVCA: "second-cvca",
    DOCUMENT_VERIFIER: "document-verifier",
    TERMINAL: "terminal",
}


def make_specimen_pki(today: date) -> SpecimenPki:
    """With fresh keys, in memory."""
    return SpecimenPki({name: draw_ec_key(CURVE) for name in KEYS}, today)


def open_specimen_pki(folder: Path, today: date) -> SpecimenPki:
    """The one kept in `folder`, made there first if there is none. Raises EacError EAC-01."""
    marker = folder / "made_on"
    if not marker.exists():
        pki = make_specimen_pki(today)
        for name, key in pki.keys.items():
            write_file(folder / "keys" / f"{name}.pkcs8", key.format(), private=True)
        pki.write_terminal(folder / "eac")
        pki.write_csca(folder / "csca")
        write_file(marker, today.isoformat().encode())
        return pki
    try:
        keys = {name: parse_private_key((folder / "keys" / f"{name}.pkcs8").read_bytes()) for name in KEYS}
        return SpecimenPki(keys, date.fromisoformat(marker.read_text(encoding="ascii")))
    except (OSError, ValueError) as error:
        raise EacError(
            "EAC-01", f"test PKI: {type(error).__name__}; remove {folder.name} to have it made anew"
        ) from None
