"""Which of the announced PACE protocols and groups to use.

A card may announce several PACEInfos, and some that nobody here knows; the choice is told to the card in MSE:Set AT.
"""

from __future__ import annotations

from typing import Final

from devices.cards.crypto.groups import Group, standard_group
from devices.cards.crypto.suite import Cipher
from devices.cards.protocols.oids import Mapping
from devices.cards.protocols.security_infos import DomainParameters, PaceInfo, SecurityInfos
from kiosk.errors import CardError

SUPPORTED_VERSION: Final = 2
STANDARD_GROUPS: Final = range(32)
_CIPHERS: Final = (Cipher.TDES, Cipher.AES_128, Cipher.AES_192, Cipher.AES_256)
_MAPPINGS: Final = (Mapping.CHIP_AUTHENTICATION, Mapping.INTEGRATED, Mapping.GENERIC)


def choose_pace(infos: SecurityInfos) -> PaceInfo:
    """The strongest that is supported: curves before integers, longer keys, then generic mapping first.

    Raises CardError CARD-16 where the card announces none.
    """
    usable = [info for info in infos.pace if info.version == SUPPORTED_VERSION and _has_group(infos, info)]
    if not usable:
        raise CardError("CARD-16", "no PACE protocol that is supported")
    return max(usable, key=_rank)


def pace_group(infos: SecurityInfos, info: PaceInfo) -> Group:
    """The group of one info. Raises CardError CARD-16 for one that is not supported or not announced."""
    if info.parameter_id is not None and info.parameter_id in STANDARD_GROUPS:
        return standard_group(info.parameter_id)
    return _announced(infos, info).group


def _announced(infos: SecurityInfos, info: PaceInfo) -> DomainParameters:
    for domain in infos.pace_domain:
        if info.oid.startswith(domain.oid) and info.parameter_id in (None, domain.key_id):
            return domain
    raise CardError("CARD-16", "PACE domain parameters not announced")


def _has_group(infos: SecurityInfos, info: PaceInfo) -> bool:
    try:
        pace_group(infos, info)
    except CardError:
        return False
    return True


def _rank(info: PaceInfo) -> tuple[bool, int, int]:
    protocol = info.protocol
    return protocol.elliptic, _CIPHERS.index(protocol.cipher), _MAPPINGS.index(protocol.mapping)
