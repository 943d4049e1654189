"""EF.CardSecurity: what EF.CardAccess said, once more and signed, and the chip's public keys (TR-03110-3 A.1.2).

Rules
  1. EF.CardAccess is read before anything is secured, so that it counts only after it was compared with this file:
     whoever took a strong protocol out of it, or put a weak one in, is found out here.
  2. What the signature is worth is told, and decided on by the way that asked.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from devices.cards.pki.cms import verify_signed_data
from devices.cards.pki.csca import CscaStore
from devices.cards.protocols.security_infos import SecurityInfos, parse_security_infos
from devices.cards.ways.opened import OpenedCard
from devices.cards.wire.connection import Connection
from devices.cards.wire.files import read_file
from kiosk.errors import CardError
from kiosk.identity import Authenticity

CARD_SECURITY_SFI: Final = 0x1D
SECURITY_OBJECT_OID: Final = "0.4.0.127.0.7.3.2.1"


@dataclass(frozen=True, slots=True)
class CardSecurity:
    """`authenticity` is VERIFIED, or UNVERIFIED where nobody here knows the signer's state."""

    infos: SecurityInfos
    authenticity: Authenticity


def read_card_security(connection: Connection, card: OpenedCard, trust: CscaStore, now: datetime) -> CardSecurity:
    """Over the unlocked `connection`, the master file selected.

    Raises CardError CARD-10 (wrong signature, or its signer expired or revoked), CARD-11 (differs from EF.CardAccess),
    CARD-07 and what reading raises.
    """
    signed = verify_signed_data(read_file(connection, sfi=CARD_SECURITY_SFI, chunk=card.chunk), trust, now)
    if signed.content_type != SECURITY_OBJECT_OID:
        raise CardError("CARD-10", "what is signed is no EF.CardSecurity")
    infos = parse_security_infos(signed.content)
    if card.seen.access is None or not same_protocols(card.seen.access, infos):
        raise CardError("CARD-11", "EF.CardSecurity differs from EF.CardAccess")
    return CardSecurity(infos, signed.authenticity)


def same_protocols(access: SecurityInfos, security: SecurityInfos) -> bool:
    """Whether both files announce the same PACE, and the signed one all other protocols of the open one.

    The open file may say things the signed one does not have, and the other way round: keys, card information,
    privileged terminals (TR-03110-3 A.1.2.2).
    """
    return (
        set(access.pace) == set(security.pace)
        and set(access.pace_domain) == set(security.pace_domain)
        and set(access.chip_authentication) <= set(security.chip_authentication)
        and set(access.chip_authentication_domain) <= set(security.chip_authentication_domain)
        and set(access.terminal_authentication_versions) <= set(security.terminal_authentication_versions)
    )
