"""Passports and identity cards of other EU states, unlocked with what is printed on them (ICAO 9303-11 §4.2).

The order: PACE with the CAN or the machine-readable zone, or BAC with the zone; EF.SOD and its signature; the proof
that the chip is no copy; then the data groups that serve what was asked for, each compared with its signed hash.

How sure the result is, is this program's own rule, as no law gives these documents a level: SUBSTANTIAL where the data
are signed by a known state and the chip proved to be genuine, LOW otherwise. It is never HIGH: nobody compared the
person with the document. A copied chip, a wrong signature and changed data give nothing at all.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from devices.cards.applications import lds
from devices.cards.applications.holder import expiry_date, holder_attributes
from devices.cards.pki.csca import CscaStore
from devices.cards.ways.genuine_chip import Proof, prove_chip
from devices.cards.ways.opened import OpenedCard, Progress
from devices.cards.ways.passive_authentication import read_security_object
from devices.cards.ways.unlocking import Unlocked, password_of, unlock
from devices.cards.wire.files import select_application
from kiosk.errors import CardError
from kiosk.identity import Assurance, Attribute, Authenticity, CardKind, IdentityData, ReadPhase, Way
from kiosk.ports import ReadRequest

DG1: Final = 1
DG11: Final = 11
# What DG11 says better than DG1, or alone.
IN_DG11: Final = frozenset(
    {Attribute.FAMILY_NAMES, Attribute.GIVEN_NAMES, Attribute.DATE_OF_BIRTH, Attribute.PLACE_OF_BIRTH}
)


@dataclass(frozen=True, slots=True)
class TravelDocument:
    """A CardWay. `now` is aware, in UTC."""

    trust: CscaStore
    now: Callable[[], datetime] = lambda: datetime.now(UTC)

    def read(self, card: OpenedCard, request: ReadRequest, progress: Progress) -> IdentityData:
        """Raises CardError CARD-03, -28 (wrong key), -05, -09 to -12, -16, -27, EacError, and as `read_file`."""
        refuse_others(card.seen.kind)
        password = password_of(request.key)
        now = self.now()
        progress(ReadPhase.SECURING)
        unlocked = unlock(card, password, self.trust, now)
        progress(ReadPhase.CHECKING)
        proof = self._check(card, unlocked, now)
        progress(ReadPhase.READING)
        return _identity(proof, request.attributes, now)

    def _check(self, card: OpenedCard, unlocked: Unlocked, now: datetime) -> Proof:
        select_application(unlocked.connection, lds.APPLICATION_ID)
        files = read_security_object(unlocked.connection, card.chunk, self.trust, now)
        if unlocked.genuine:
            return Proof(files, genuine=unlocked.authenticity is Authenticity.VERIFIED)
        return prove_chip(unlocked.connection, files)


def refuse_others(kind: CardKind) -> None:
    """Raises CardError CARD-27 for a German card, which shows nothing by this way, and CARD-16 for no document."""
    if kind is CardKind.GERMAN:
        raise CardError("CARD-27")
    if kind is CardKind.UNKNOWN:
        raise CardError("CARD-16")


def _identity(proof: Proof, wanted: frozenset[Attribute], now: datetime) -> IdentityData:
    files = proof.files
    zone = lds.parse_dg1(files.read(DG1))
    expires_on = expiry_date(zone)
    if expires_on < now.date():
        raise CardError("CARD-05")
    details = lds.parse_dg11(files.read(DG11)) if wanted & IN_DG11 and DG11 in files else None
    found = holder_attributes(zone, details, now.date())
    sure = proof.genuine and files.authenticity is Authenticity.VERIFIED
    return IdentityData(
        attributes={key: text for key, text in found.items() if key in wanted},
        way=Way.TRAVEL_DOCUMENT,
        assurance=Assurance.SUBSTANTIAL if sure else Assurance.LOW,
        authenticity=files.authenticity,
        read_at=now,
        expires_on=expires_on,
    )
