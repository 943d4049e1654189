"""What is wrong, or soon will be, with the certificates of a terminal: for `kiosk eac check`.

A finding is something to be done. Old CSCA certificates of a state that has newer ones are none, nor are old link
certificates: cards and documents that need them are in use for ten years.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from devices.cards.pki.chain import Chain, check_signatures, is_self_signed, is_valid, order_chain
from devices.cards.pki.chat import HolderRole
from devices.cards.pki.csca import CscaStore
from devices.cards.pki.cv_certificate import CvCertificate
from devices.cards.pki.terminal_store import TerminalStore
from devices.cards.pki.x509 import Certificate
from kiosk.errors import CardError, EacError

ALARM_DAYS: Final = 14
TRIAL: Final = b"Rathaus-Kiosk: does this key belong to this certificate?"


@dataclass(frozen=True, slots=True)
class Finding:
    """`code` is of the error catalogue; `text` says what is the case and what follows from it."""

    code: str
    text: str


def examine_terminal(store: TerminalStore, today: date, alarm_days: int = ALARM_DAYS) -> tuple[Finding, ...]:
    """Terminal certificates, their chain and their key. Raises EacError EAC-01 for malformed files."""
    own = store.current
    if own is None:
        return (Finding("CARD-12", "no terminal certificate: German cards cannot be read on site"),)
    anchors = [item for item in store.certificates if is_self_signed(item)]
    chains = [(anchor, order_chain(_usable(store, own), anchor.chr, today)) for anchor in anchors]
    whole = [(anchor, chain) for anchor, chain in chains if chain]
    if not whole:
        return (*_dates((own,), today, alarm_days), _incomplete(store.certificates, own))
    found = [finding for anchor, chain in whole for finding in _signatures(anchor, chain)]
    found += [
        Finding("EAC-02", f"{anchor.chr}: no link certificate from it; cards that know nothing newer stay closed")
        for anchor, chain in chains
        if not chain
    ]
    anchor, chain = max(whole, key=lambda pair: (pair[0].effective, -len(pair[1])))
    found += [*_dates(chain, today, alarm_days), *_rights(chain), *_key(store, anchor, chain)]
    return tuple(dict.fromkeys(found))


def examine_states(store: CscaStore, now: datetime, alarm_days: int = ALARM_DAYS) -> tuple[Finding, ...]:
    """CSCA certificates and revocation lists. Raises EacError EAC-04 for malformed files."""
    if not store:
        text = "no CSCA certificates: data of travel documents stay unverified, German cards cannot be read on site"
        return (Finding("CARD-10", text),)
    certificates = store.certificates
    ends: dict[str, datetime] = {}
    for item in certificates:
        ends[item.country] = max(item.ends, ends.get(item.country, item.ends))
    found = [
        Finding("EAC-04", f"CSCA of {country or 'no country'}: the last certificate {_ending(end, now)}")
        for country, end in sorted(ends.items())
        if end < now + timedelta(days=alarm_days)
    ]
    return (*found, *_revocations(store, certificates, now))


def _usable(store: TerminalStore, own: CvCertificate) -> tuple[CvCertificate, ...]:
    return (*(item for item in store.certificates if item.chat.holder is not HolderRole.TERMINAL), own)


def _incomplete(known: Sequence[CvCertificate], own: CvCertificate) -> Finding:
    """Name the first certificate that is missing on the way up."""
    lowest, seen = own, {own.chr}
    while above := next((item for item in known if item.chr == lowest.car and item.chr not in seen), None):
        lowest = above
        seen.add(above.chr)
    return Finding(
        "EAC-02", f"chain incomplete: {lowest.chr} was signed by {lowest.car}, whose certificate is not here"
    )


def _signatures(anchor: CvCertificate, chain: Chain) -> Iterator[Finding]:
    try:
        check_signatures(anchor, chain)
    except EacError as error:
        yield Finding(error.code, error.detail)


def _dates(chain: Chain, today: date, alarm_days: int) -> Iterator[Finding]:
    for item in chain:
        if today < item.effective:
            yield Finding("EAC-02", f"{item.chr}: valid from {item.effective} on; until then cards refuse it")
        elif not is_valid(item, today):
            yield Finding("EAC-02", f"{item.chr}: expired on {item.expires}; cards refuse it")
        elif not is_valid(item, today + timedelta(days=alarm_days)):
            days = (item.expires - today).days
            yield Finding("EAC-02", f"{item.chr}: expires on {item.expires}, in {days} days; order the next one")


def _rights(chain: Chain) -> Iterator[Finding]:
    """What the whole chain allows (TR-03110-3 §2.7)."""
    rights = chain[-1].chat
    try:
        for item in reversed(chain[:-1]):
            rights = rights.narrowed(item.chat)
    except CardError:
        return
    if not rights.can_allowed:
        yield Finding("CARD-14", f"{chain[-1].chr}: without the right to use the CAN; cards cannot be read on site")


def _key(store: TerminalStore, anchor: CvCertificate, chain: Chain) -> Iterator[Finding]:
    """Sign something and verify it: the one test that fits files and tokens."""
    key = anchor.public_key
    for item in chain:
        key = item.public_key.completed(key)
    try:
        signature = store.signer.sign(TRIAL)
    except EacError as error:
        yield Finding(error.code, error.detail)
        return
    try:
        key.verify(signature, TRIAL)
    except EacError:
        yield Finding("EAC-03", f"{chain[-1].chr}: the private key is not the one of this certificate")


def _ending(end: datetime, now: datetime) -> str:
    return f"expired on {end:%Y-%m-%d}" if end < now else f"expires on {end:%Y-%m-%d}"


def _revocations(store: CscaStore, certificates: Sequence[Certificate], now: datetime) -> Iterator[Finding]:
    for item in store.revocation_lists:
        if not any(item.names(issuer) and item.is_signed_by(issuer) for issuer in certificates):
            yield Finding("EAC-04", f"revocation list of {item.name}: signed by no CSCA here, it does not count")
        if item.next_update is not None and item.next_update < now:
            yield Finding(
                "EAC-04", f"revocation list of {item.name}: the next one is due since {item.next_update:%Y-%m-%d}"
            )
