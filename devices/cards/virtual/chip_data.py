"""What a virtual chip is made of: what was written to it once, and what it remembers from one use to the next."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from devices.cards.pki.cv_certificate import CvCertificate
from devices.cards.protocols.active_authentication import ChipActiveAuthentication
from devices.cards.protocols.chip_authentication import ChipChipAuthentication
from devices.cards.protocols.chip_passwords import ChipPasswords
from devices.cards.protocols.security_infos import SecurityInfos
from devices.cards.virtual.file_system import Directory
from kiosk.identity import Secret


def answer_to_reset(historical: bytes) -> bytes:
    """Of a contactless card, as its reader makes it from the historical bytes (PC/SC part 3, §3.1.3.2.3)."""
    head = bytes([0x80 | len(historical), 0x80, 0x01]) + historical
    check = 0
    for byte in head:
        check ^= byte
    return b"\x3b" + head + bytes([check])


@dataclass(frozen=True, slots=True)
class ChipData:
    """Files, keys and protocols. What is None or empty the card does not have.

    `mapping_private` is the key of chip authentication mapping, `mrz_information` the secret of BAC.
    """

    atr: bytes
    directories: tuple[Directory, ...]
    infos: SecurityInfos
    chip_authentication: ChipChipAuthentication | None = None
    active_authentication: ChipActiveAuthentication | None = None
    mapping_private: int | None = field(default=None, repr=False)
    mrz_information: Secret | None = None


@dataclass(slots=True)
class ChipMemory:
    """What outlives power off. `today` moves on with the certificates a terminal shows, as `anchors` do."""

    passwords: ChipPasswords
    today: date
    anchors: tuple[CvCertificate, ...] = ()
