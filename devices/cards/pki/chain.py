"""Chains of card-verifiable certificates: from the trust anchor a card names down to the terminal (TR-03110-3 §2.5).

Rules
  1. A CVCA signs its successor (link certificate) and document verifiers, a document verifier signs terminals.
  2. All certificates of a chain are for the same type of terminal.
  3. Each is used from its effective date to its expiry, but a link certificate for ever: cards that never saw the
     successor of their trust anchor are met for ten years.
  4. Of several chains the one that holds today is chosen, then the newest terminal certificate, then the shortest.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import Final

from devices.cards.pki.chat import HolderRole
from devices.cards.pki.cv_certificate import CvCertificate
from kiosk.errors import EacError

MOST_CERTIFICATES: Final = 16
Chain = tuple[CvCertificate, ...]

SIGNED_BY: Final = {
    HolderRole.CVCA: frozenset({HolderRole.CVCA}),
    HolderRole.DOMESTIC_DOCUMENT_VERIFIER: frozenset({HolderRole.CVCA}),
    HolderRole.FOREIGN_DOCUMENT_VERIFIER: frozenset({HolderRole.CVCA}),
    HolderRole.TERMINAL: frozenset({HolderRole.DOMESTIC_DOCUMENT_VERIFIER, HolderRole.FOREIGN_DOCUMENT_VERIFIER}),
}


def order_chain(certificates: Iterable[CvCertificate], car: str, today: date) -> Chain:
    """The certificates to show a card whose trust anchor is `car`, link certificates first; empty where none fits.

    Signatures are not verified: that is `check_chain`, which needs the anchor itself.
    """
    known = tuple(certificates)
    found = [
        chain
        for terminal in known
        if terminal.chat.holder is HolderRole.TERMINAL
        for chain in _paths((terminal,), car, known)
    ]
    return max(found, key=lambda chain: _merit(chain, today), default=())


def check_chain(anchor: CvCertificate, chain: Sequence[CvCertificate], today: date) -> None:
    """What a card would check. `anchor` is trusted. Raises EacError EAC-02 naming the holder at fault, or EAC-01."""
    check_signatures(anchor, chain)
    for certificate in chain:
        check_dates(certificate, today)


def check_signatures(anchor: CvCertificate, chain: Sequence[CvCertificate]) -> None:
    """Names, roles and signatures, not the dates. Raises EacError EAC-02 or EAC-01."""
    issuer, key = anchor, anchor.public_key
    for certificate in chain:
        check_issued(certificate, issuer)
        certificate.verify_with(key)
        issuer, key = certificate, certificate.public_key.completed(key)
    if issuer.chat.holder is not HolderRole.TERMINAL:
        raise EacError("EAC-02", f"{issuer.chr}: the chain ends without a terminal certificate")


def check_issued(certificate: CvCertificate, issuer: CvCertificate) -> None:
    """Whether `issuer` may have signed it, by name, role and type. Raises EacError EAC-02."""
    if certificate.car != issuer.chr:
        raise EacError("EAC-02", f"{certificate.chr}: signed by {certificate.car}, not by {issuer.chr}")
    if issuer.chat.holder not in SIGNED_BY[certificate.chat.holder]:
        raise EacError("EAC-02", f"{certificate.chr}: {issuer.chr} has the wrong role to sign it")
    if certificate.chat.role_oid != issuer.chat.role_oid:
        raise EacError("EAC-02", f"{certificate.chr}: of another terminal type than {issuer.chr}")


def is_self_signed(certificate: CvCertificate) -> bool:
    """Whether it names itself its issuer, as the first certificate of a CVCA does."""
    return certificate.car == certificate.chr


def check_dates(certificate: CvCertificate, today: date) -> None:
    """Raises EacError EAC-02."""
    if is_valid(certificate, today):
        return
    late = certificate.expires < today
    when = f"expired on {certificate.expires}" if late else f"valid from {certificate.effective}"
    raise EacError("EAC-02", f"{certificate.chr}: {when}")


def is_valid(certificate: CvCertificate, today: date) -> bool:
    """Whether it may be used on that day."""
    ends = date.max if certificate.chat.holder is HolderRole.CVCA else certificate.expires
    return certificate.effective <= today <= ends


def _paths(below: Chain, car: str, known: Sequence[CvCertificate]) -> Iterator[Chain]:
    """Every way from `car` down to `below`, which may hold no certificate twice."""
    if below[0].car == car:
        yield below
        return
    if len(below) == MOST_CERTIFICATES:
        return
    for issuer in known:
        if issuer.chr == below[0].car and not is_self_signed(issuer) and issuer not in below:
            yield from _paths((issuer, *below), car, known)


def _merit(chain: Chain, today: date) -> tuple[bool, date, int]:
    return all(is_valid(item, today) for item in chain), chain[-1].effective, -len(chain)
