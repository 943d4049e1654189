"""Taking certificates, keys and lists from files into a terminal's two folders.

Rules
  1. A certificate whose issuer is here must be signed by it. A state's or CVCA's first certificate is trusted because
     a technician imports it, so it is named in the answer, with the fingerprint to compare with the published one.
  2. A master list must be signed under a CSCA that is here, or the successor of one by a link certificate in the list;
     only where no CSCA of its state is here, under any of its own. Its signer is valid now and not revoked.
  3. A private key is taken for the terminal certificate it belongs to, and for no other. It never takes the place of
     a key that another certificate needs.
  4. All files of one call are checked together, in any order, before the first is written.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from devices.cards.pki.chain import check_issued, is_self_signed
from devices.cards.pki.csca import LONGEST_FILE, CscaStore
from devices.cards.pki.cv_certificate import CvCertificate, CvPublicKey
from devices.cards.pki.cv_public_key import POINT
from devices.cards.pki.folder import read_file, write_file
from devices.cards.pki.private_keys import PrivateKey
from devices.cards.pki.recognising import Item, MasterList, recognise
from devices.cards.pki.revocation import RevocationList
from devices.cards.pki.signatures import EcPublicKey
from devices.cards.pki.terminal_store import SUFFIX, TerminalStore, file_stem, is_own
from devices.cards.pki.x509 import Certificate
from kiosk.errors import EacError

MASTER_LIST_SIGNER: Final = "2.23.136.1.1.3"


@dataclass(frozen=True, slots=True)
class Folders:
    """A terminal's stores; None where its configuration names none."""

    eac: Path | None
    csca: Path | None


@dataclass(frozen=True, slots=True)
class Taken:
    """What will be written where, and what to tell the technician."""

    folder: Path
    name: str
    data: bytes
    text: str
    private: bool = False


def import_files(folders: Folders, files: Sequence[Path], now: datetime | None = None) -> tuple[str, ...]:
    """One sentence for each thing taken. Raises EacError EAC-01, EAC-02, EAC-03 or EAC-04, with nothing written.

    `now` is aware, None is this moment.
    """
    moment = now or datetime.now(UTC)
    items = [item for path in files for item in _recognised(path)]
    terminal, states = TerminalStore(folders.eac), CscaStore(folders.csca)
    taken = [*_for_terminal(folders.eac, terminal, items), *_for_states(folders.csca, states, items, moment)]
    for one in taken:
        write_file(one.folder / one.name, one.data, private=one.private)
    return tuple(one.text for one in taken)


def _recognised(path: Path) -> tuple[Item, ...]:
    data = read_file(path, LONGEST_FILE)
    try:
        return recognise(data)
    except EacError as error:
        raise EacError(error.code, f"{path.name}: {error.detail}") from None


# ---- what lets a terminal in


def _for_terminal(folder: Path | None, store: TerminalStore, items: Sequence[Item]) -> Iterator[Taken]:
    fresh = [item for item in items if isinstance(item, CvCertificate)]
    known = (*store.certificates, *fresh)
    for item in fresh:
        data = item.encode()
        name = f"{file_stem(item.chr)}-{_digest(data)}{SUFFIX}"
        text = f"{item.chr}, valid until {item.expires}{_check_cv(item, known)}"
        yield Taken(_set(folder, "eac_dir"), name, data, text)
    for key in (item for item in items if isinstance(item, PrivateKey)):
        holder = _holder_of(key, known)
        text = f"private key of {holder}"
        yield Taken(_set(folder, "eac_dir"), f"{file_stem(holder)}.pkcs8", key.format(), text, private=True)


def _holder_of(key: PrivateKey, known: Iterable[CvCertificate]) -> str:
    """Raises EacError EAC-03 for a key of no certificate, or of one beside another of the same name."""
    own = [item for item in known if is_own(item)]
    holder = next((item.chr for item in own if _belongs(key, item.public_key)), None)
    if holder is None:
        raise EacError("EAC-03", "the private key belongs to no terminal certificate here")
    if not all(_belongs(key, item.public_key) for item in own if item.chr == holder):
        raise EacError("EAC-03", f"{holder}: two certificates of this name have different keys; remove the older one")
    return holder


def _check_cv(certificate: CvCertificate, known: Iterable[CvCertificate]) -> str:
    """What there is to say about its issuer. Raises EacError EAC-02 where it is not signed by it."""
    known = tuple(known)
    if is_self_signed(certificate):
        check_issued(certificate, certificate)
        certificate.verify_with(certificate.public_key)
        return f", a trust anchor: SHA-256 {_fingerprint(certificate.encode())}"
    refusals = []
    for issuer in (item for item in known if item.chr == certificate.car):
        key = _completed(issuer, known)
        if key is None:
            continue
        try:
            check_issued(certificate, issuer)
            certificate.verify_with(key)
        except EacError as error:
            refusals.append(error)
        else:
            return ""
    if refusals:
        raise refusals[0]
    return f"; not verified, as the chain above {certificate.car} is not here"


def _completed(certificate: CvCertificate, known: Sequence[CvCertificate]) -> CvPublicKey | None:
    """Its key with the domain parameters of the next CVCA above; None where that is not here."""
    key, seen = certificate.public_key, {certificate.chr}
    while not key.has_domain:
        above = next((item for item in known if item.chr == certificate.car and item.chr not in seen), None)
        if above is None:
            return None
        certificate, key = above, key.completed(above.public_key)
        seen.add(above.chr)
    return key


def _belongs(key: PrivateKey, public: CvPublicKey) -> bool:
    mine = key.public
    if isinstance(mine, EcPublicKey):
        return public.elliptic and dict(public.parts)[POINT] == mine.point
    return not public.elliptic and public.public_key() == mine


# ---- the states that sign documents


def _for_states(folder: Path | None, store: CscaStore, items: Sequence[Item], now: datetime) -> Iterator[Taken]:
    fresh = [item for item in items if isinstance(item, Certificate)]
    lists = [item for item in items if isinstance(item, MasterList)]
    known = (*store.certificates, *fresh) if fresh or lists or _any_revocation(items) else ()
    for certificate in fresh:
        text = f"CSCA {certificate.name}, valid until {certificate.ends:%Y-%m-%d}{_check_csca(certificate, known)}"
        name = f"csca-{file_stem(certificate.country)}-{_digest(certificate.der)}.cer"
        yield Taken(_set(folder, "csca_dir"), name, certificate.der, text)
    for one in lists:
        trust = _check_master_list(one, known, store, now)
        text = f"master list of {one.signer.name} with {len(one.certificates)} certificates{trust}"
        yield Taken(_set(folder, "csca_dir"), f"masterlist-{_digest(one.signer.issuer)}.ml", one.message, text)
    trusted = (*known, *(item for one in lists for item in one.certificates))
    for revoked in (item for item in items if isinstance(item, RevocationList)):
        text = f"revocation list of {revoked.name} with {len(revoked.serials)} certificates"
        yield Taken(_set(folder, "csca_dir"), _check_revocations(revoked, store, trusted), revoked.der, text)


def _any_revocation(items: Iterable[Item]) -> bool:
    return any(isinstance(item, RevocationList) for item in items)


def _check_csca(certificate: Certificate, known: Iterable[Certificate]) -> str:
    """Raises EacError EAC-04."""
    if not certificate.is_authority:
        raise EacError("EAC-04", f"{certificate.name}: no CSCA, it may sign no certificates")
    if certificate.names(certificate) and certificate.is_signed_by(certificate):
        return f", trusted from now on: SHA-256 {_fingerprint(certificate.der)}"
    if any(certificate.names(item) and certificate.is_signed_by(item) for item in known if item.der != certificate.der):
        return ", a link certificate"
    raise EacError("EAC-04", f"{certificate.name}: signed neither by itself nor by a CSCA that is here")


def _check_master_list(one: MasterList, known: Sequence[Certificate], store: CscaStore, now: datetime) -> str:
    """What there is to say about its issuer. Raises EacError EAC-04."""
    signer = one.signer
    if MASTER_LIST_SIGNER not in signer.purposes:
        raise EacError("EAC-04", f"{signer.name}: may not sign master lists")
    if not signer.valid_at(now):
        raise EacError("EAC-04", f"{signer.name}: not valid now")
    issuers = [issuer for issuer in _list_issuers(one, known) if signer.is_signed_by(issuer)]
    if not issuers:
        raise EacError("EAC-04", f"{signer.name}: not signed by a CSCA that is here")
    if store.is_revoked(signer, issuers):
        raise EacError("EAC-04", f"{signer.name}: revoked")
    if any(item.country == signer.country for item in known):
        return ""
    return f", trusted from now on under {issuers[0].name}: SHA-256 {_fingerprint(issuers[0].der)}"


def _list_issuers(one: MasterList, known: Sequence[Certificate]) -> list[Certificate]:
    """Who may have made a list's signer: a known CSCA; its successor by link; of a new state, any in the list."""
    here = [item for item in known if item.is_authority and one.signer.names(item)]
    if here:
        return here
    inside = [item for item in one.certificates if item.is_authority and one.signer.names(item)]
    if all(item.country != one.signer.country for item in known):
        return inside
    return [item for item in inside if any(item.names(above) and item.is_signed_by(above) for above in known)]


def _check_revocations(revoked: RevocationList, store: CscaStore, trusted: Iterable[Certificate]) -> str:
    """The file it belongs in. Raises EacError EAC-04."""
    if not any(item.is_authority and revoked.names(item) and revoked.is_signed_by(item) for item in trusted):
        raise EacError("EAC-04", f"revocation list of {revoked.name}: signed by no CSCA that is here")
    for old in store.revocation_lists:
        same = (old.issuer, old.authority_key_id) == (revoked.issuer, revoked.authority_key_id)
        if same and old.this_update > revoked.this_update:
            raise EacError("EAC-04", f"revocation list of {revoked.name}: a newer one is here already")
    return f"{_digest(revoked.issuer + (revoked.authority_key_id or b''))}.crl"


def _set(folder: Path | None, key: str) -> Path:
    if folder is None:
        raise EacError("EAC-01", f"the configuration names no folder for it: reader.{key}")
    return folder


def _fingerprint(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _digest(data: bytes) -> str:
    return _fingerprint(data)[:8]
