"""Unlocking a travel document with what is printed on it: PACE, or BAC where the chip is older than PACE.

Chip authentication mapping proves the chip genuine in the same run; it is checked at once, against the signed
EF.CardSecurity. Sources: ICAO 9303-11 §4.2 to §4.4.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime

from devices.cards.applications.mrz import information_of_key
from devices.cards.crypto.groups import Group
from devices.cards.crypto.secure_messaging import Secured
from devices.cards.pki.csca import CscaStore
from devices.cards.protocols.bac import run_bac
from devices.cards.protocols.pace import PaceRequest, check_chip_mapping, run_pace
from devices.cards.protocols.pace_choice import choose_pace, pace_group
from devices.cards.protocols.passwords import Password, PasswordKind
from devices.cards.protocols.security_infos import ChipPublicKey, PaceInfo, SecurityInfos
from devices.cards.ways.card_security import read_card_security
from devices.cards.ways.opened import OpenedCard
from kiosk.errors import CardError
from kiosk.identity import Authenticity, CardKey, MrzKey, Secret


@dataclass(frozen=True, slots=True)
class Unlocked:
    """`genuine` where the chip proved itself in unlocking, `authenticity` that of the file it was checked against."""

    connection: Secured = field(repr=False)
    genuine: bool = False
    authenticity: Authenticity = Authenticity.VERIFIED


def password_of(key: CardKey) -> Password:
    """What PACE takes. Raises CardError CARD-28 for a document number no document has."""
    match key:
        case Secret():
            return Password(PasswordKind.CAN, key)
        case MrzKey():
            return Password(PasswordKind.MRZ, Secret(information_of_key(key)))


def unlock(card: OpenedCard, password: Password, trust: CscaStore, now: datetime) -> Unlocked:
    """Raises CardError CARD-03 (wrong CAN), -28 (wrong MRZ), -16 (this does not unlock it), -09, -10 or -11."""
    chosen = _chosen(card.seen.access)
    if chosen is None:
        if password.kind is not PasswordKind.MRZ:
            raise CardError("CARD-16", "a document that knows no CAN")
        return Unlocked(run_bac(card.connection, password.secret))
    infos, info = chosen
    group = pace_group(infos, info)
    outcome = run_pace(card.connection, PaceRequest(info, password, group=group))
    if outcome.chip_authentication_data is None:
        return Unlocked(outcome.connection)
    security = read_card_security(outcome.connection, card, trust, now)
    check_chip_mapping(outcome, _mapping_key(security.infos, group))
    return Unlocked(outcome.connection, genuine=True, authenticity=security.authenticity)


def _mapping_key(infos: SecurityInfos, group: Group) -> ChipPublicKey:
    """The chip's key in the group of PACE: a chip may have others beside it. Raises CardError CARD-09."""
    for key in infos.chip_authentication_keys:
        with suppress(CardError):  # a key in a group nobody here knows is not the one that was used
            if key.group == group:
                return key
    raise CardError("CARD-09", "chip authentication mapping without a key")


def _chosen(access: SecurityInfos | None) -> tuple[SecurityInfos, PaceInfo] | None:
    """None where the chip announces no PACE that is supported."""
    if access is None:
        return None
    try:
        return access, choose_pace(access)
    except CardError:
        return None
