"""The static key pair of a virtual chip, on brainpoolP256r1 as German cards have it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from devices.cards.crypto.groups import EcGroup, named_curve
from devices.cards.protocols.security_infos import BIT_STRING, SEQUENCE, ChipPublicKey, standard_algorithm
from devices.cards.virtual.faults import Fault
from devices.cards.wire import tlv

# Number of the standardised domain parameters (TR-03110-3 A.2.1.1).
BRAINPOOL_P256: Final = 13


@dataclass(frozen=True, slots=True)
class ChipKey:
    """`public` is what the card announces; a clone has copied that and owns another private key."""

    group: EcGroup
    private: int = field(repr=False)
    public: bytes

    def announced(self, key_id: int | None) -> ChipPublicKey:
        return ChipPublicKey(key_id, standard_algorithm(BRAINPOOL_P256), self.public)


def draw_chip_key(fault: Fault | None) -> ChipKey:
    """A fresh pair."""
    group = named_curve("brainpoolP256r1")
    private = group.random_private()
    public = group.public(private)
    if fault is Fault.CLONE:
        private = group.random_private()
    return ChipKey(group, private, public)


def public_key_info(key: ChipKey) -> bytes:
    """A whole SubjectPublicKeyInfo, as DG15 has it."""
    bits = tlv.encode(BIT_STRING, b"\x00" + key.public)
    return tlv.encode(SEQUENCE, tlv.encode(SEQUENCE, standard_algorithm(BRAINPOOL_P256)) + bits)
