"""Certificate Holder Authorization Template: which kind of terminal, and what it may do (TR-03110-3 C.1.5, C.4).

Rights of an authentication terminal are 40 bits. The two highest say which certificate it is, the rest what it allows.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum
from typing import Final

from devices.cards.wire import tlv
from devices.cards.wire.object_identifiers import encode_oid
from kiosk.errors import CardError

TAG: Final = 0x7F4C
ROLE_INSPECTION_SYSTEM: Final = encode_oid("0.4.0.127.0.7.3.1.2.1")
ROLE_AUTHENTICATION_TERMINAL: Final = encode_oid("0.4.0.127.0.7.3.1.2.2")
ROLE_SIGNATURE_TERMINAL: Final = encode_oid("0.4.0.127.0.7.3.1.2.3")
RIGHTS_LENGTHS: Final = {
    ROLE_INSPECTION_SYSTEM: 1,
    ROLE_AUTHENTICATION_TERMINAL: 5,
    ROLE_SIGNATURE_TERMINAL: 1,
}
CAN_ALLOWED: Final = 1 << 4
DATA_GROUPS: Final = range(1, 23)


class HolderRole(IntEnum):
    """The two highest bits of the rights."""

    TERMINAL = 0
    FOREIGN_DOCUMENT_VERIFIER = 1
    DOMESTIC_DOCUMENT_VERIFIER = 2
    CVCA = 3


@dataclass(frozen=True, slots=True)
class Chat:
    """`role_oid` encoded without tag; `rights` as one big-endian number, role bits included."""

    role_oid: bytes
    rights: int

    @property
    def length(self) -> int:
        """Bytes the rights take."""
        return RIGHTS_LENGTHS[self.role_oid]

    @property
    def holder(self) -> HolderRole:
        return HolderRole(self.rights >> (8 * self.length - 2))

    @property
    def permissions(self) -> int:
        """The rights without the role bits."""
        return self.rights & ((1 << (8 * self.length - 2)) - 1)

    @property
    def can_allowed(self) -> bool:
        return self.role_oid == ROLE_AUTHENTICATION_TERMINAL and bool(self.rights & CAN_ALLOWED)

    def may_read(self, data_group: int) -> bool:
        """Whether data group `data_group` (1 to 22) of the eID application may be read."""
        return self.role_oid == ROLE_AUTHENTICATION_TERMINAL and bool(self.rights & read_right(data_group))

    def narrowed(self, other: Chat) -> Chat:
        """What both allow, with this one's role bits. Raises CardError CARD-13 where they are of different kinds."""
        if self.role_oid != other.role_oid:
            raise CardError("CARD-13", "terminal types differ")
        role_bits = self.rights ^ self.permissions
        return Chat(self.role_oid, role_bits | self.permissions & other.permissions)

    def encode(self) -> bytes:
        """The whole object, tag 7F4C."""
        rights = self.rights.to_bytes(self.length, "big")
        return tlv.encode(TAG, tlv.encode(0x06, self.role_oid) + tlv.encode(0x53, rights))


def read_right(data_group: int) -> int:
    """The bit that allows to read a data group of the eID application."""
    if data_group not in DATA_GROUPS:
        raise ValueError("data groups are 1 to 22")
    return 1 << (data_group + 7)


def chat_for(data_groups: Iterable[int], *, can_allowed: bool = False) -> Chat:
    """An authentication terminal that wants to read these data groups, and nothing else."""
    rights = CAN_ALLOWED if can_allowed else 0
    for data_group in data_groups:
        rights |= read_right(data_group)
    return Chat(ROLE_AUTHENTICATION_TERMINAL, rights)


def parse_chat(data: bytes) -> Chat:
    """From the content of tag 7F4C. Raises CardError CARD-07."""
    role, rights = tlv.need(data, 0x06), tlv.need(data, 0x53)
    if len(rights) != RIGHTS_LENGTHS.get(role):
        raise CardError("CARD-07", "malformed CHAT")
    return Chat(role, int.from_bytes(rights, "big"))
