"""What can be wrong with a virtual card, and with the line to it.

Some faults are in what the card holds and are made with it (`making`); the others happen while one
speaks to it (`card`).
"""

from __future__ import annotations

from enum import StrEnum


class Fault(StrEnum):
    """One thing that goes wrong.

    REMOVED: taken away when the first data are read. UNREADABLE: refuses every command. SLOW: takes its time.
    MUTE: never answers. WRONG_MAC: the answer to the first secured read is changed on its way. SHORT_APDU: knows no
    extended length. SEVERAL_PACE_INFOS: announces several, of which the terminal must name one.
    EXPIRED_CERTIFICATE: an identity card whose date is past the terminal certificate's, a travel document whose
    signer has expired. CLONE: a copy of all that can be read, without the chip's private keys. FORGED_SOD: a signature
    (of EF.SOD, of EF.CardSecurity) that is wrong. HASH_MISMATCH: data that were not signed so (DG1, EF.CardAccess).
    SWAPPED: another card lies there from the moment the first was unlocked. DEACTIVATED: the online function is off.
    PIN_SUSPENDED: one PIN try is left.
    """

    REMOVED = "removed"
    UNREADABLE = "unreadable"
    SLOW = "slow"
    MUTE = "mute"
    WRONG_MAC = "wrong-mac"
    SHORT_APDU = "short-apdu"
    SEVERAL_PACE_INFOS = "several-pace-infos"
    EXPIRED_CERTIFICATE = "expired-certificate"
    CLONE = "clone"
    FORGED_SOD = "forged-sod"
    HASH_MISMATCH = "hash-mismatch"
    SWAPPED = "swapped"
    DEACTIVATED = "deactivated"
    PIN_SUSPENDED = "pin-suspended"


def forged(message: bytes) -> bytes:
    """A signed message whose signature, which stands at its end, is wrong."""
    return message[:-1] + bytes([message[-1] ^ 0x01])
