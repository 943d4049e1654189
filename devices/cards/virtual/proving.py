"""How terminal and virtual chip prove to each other what they are, once the chip is unlocked.

Rules (TR-03110-2 §3.3 and §3.4, ICAO 9303-11 §6)
  1. Terminal authentication needs a CHAT that was shown in PACE, and gives no more than it asked for.
  2. Who unlocked with the CAN and has no right to is refused, however good the certificates are.
  3. Chip authentication of version 2 comes after terminal authentication and only with the key bound to it.
"""

from __future__ import annotations

from typing import Final

from devices.cards.crypto.secure_messaging import SecuredCard
from devices.cards.protocols.chip_authentication import ChipAnswer
from devices.cards.protocols.chip_terminal_authentication import ChipTerminalAuthentication
from devices.cards.protocols.passwords import PasswordKind
from devices.cards.protocols.security_infos import encode_reference
from devices.cards.virtual.chip_data import ChipData, ChipMemory
from devices.cards.virtual.security import Security
from devices.cards.virtual.status_words import (
    FAILED,
    MALFORMED,
    NOT_ALLOWED,
    OUT_OF_ORDER,
    UNKNOWN_INSTRUCTION,
    UNKNOWN_KEY,
)
from devices.cards.wire import tlv
from devices.cards.wire.apdu import OK
from kiosk.errors import CardError

PROTOCOL, KEY_REFERENCE = 0x80, 0x84
MOST_ANCHORS: Final = 2


class Proving:
    """From one unlocking to the next. Success is written down in `security`, what certificates teach in `memory`."""

    def __init__(self, data: ChipData, memory: ChipMemory, security: Security) -> None:
        self._data = data
        self._memory = memory
        self._security = security
        self._terminal = ChipTerminalAuthentication(memory.anchors, memory.today)
        self._chip_chosen = False

    def set_dst(self, data: bytes) -> int:
        """MSE:Set DST."""
        return self._terminal.set_dst(data) if self._security.chat else NOT_ALLOWED

    def verify_certificate(self, data: bytes) -> int:
        """PSO:Verify Certificate. A link certificate's anchor and the date of a domestic one are kept."""
        status = self._terminal.verify_certificate(data)
        if status == OK:
            self._memory.today = self._terminal.today
            learned = tuple(item for item in self._terminal.anchors.values() if item not in self._memory.anchors)
            self._memory.anchors = (learned + self._memory.anchors)[:MOST_ANCHORS]
        return status

    def set_terminal(self, data: bytes) -> int:
        """MSE:Set AT for terminal authentication."""
        return self._terminal.set_at(data) if self._security.chat else NOT_ALLOWED

    def challenge(self) -> tuple[bytes, int]:
        """GET CHALLENGE."""
        return self._terminal.challenge(), OK

    def authenticate(self, signature: bytes) -> int:
        """EXTERNAL AUTHENTICATE."""
        security = self._security
        if security.chat is None:
            return NOT_ALLOWED
        status = self._terminal.authenticate(signature, security.id_picc, security.chat)
        rights = self._terminal.rights
        if status == OK and rights is not None:
            if security.unlocked is PasswordKind.CAN and not rights.can_allowed:
                return FAILED
            security.rights = rights
        return status

    def set_chip(self, data: bytes) -> int:
        """MSE:Set AT for chip authentication: protocol and, where it is named, the key must be the card's."""
        chip = self._data.chip_authentication
        try:
            protocol, reference = tlv.need(data, PROTOCOL), tlv.find(data, KEY_REFERENCE)
        except CardError:
            return MALFORMED
        if chip is None or protocol != chip.info.oid:
            return MALFORMED
        if not self._ready(chip.info.version):
            return NOT_ALLOWED
        if reference is not None and chip.info.key_id is not None and reference != encode_reference(chip.info.key_id):
            return UNKNOWN_KEY
        self._chip_chosen = True
        return OK

    def set_key_agreement(self, data: bytes) -> int:
        """MSE:Set KAT: chip authentication version 1 with 3DES, in one command."""
        chip = self._data.chip_authentication
        if chip is None or chip.info.version > 1:
            return UNKNOWN_INSTRUCTION
        if not self._ready(chip.info.version):
            return NOT_ALLOWED
        try:
            self._renew(chip.answer_kat(data))
        except CardError:
            return MALFORMED
        return OK

    def general_authenticate(self, data: bytes) -> tuple[bytes, int]:
        """Chip authentication with the key that was chosen: data and status word."""
        chip, chosen, self._chip_chosen = self._data.chip_authentication, self._chip_chosen, False
        if chip is None or not chosen:
            return b"", OUT_OF_ORDER
        try:
            first = chip.info.version == 1
            answer = chip.answer_v1(data) if first else chip.answer(data, self._terminal.compressed)
        except CardError as error:
            return b"", FAILED if error.code == "CARD-13" else MALFORMED
        self._renew(answer)
        return answer.data, OK

    def sign(self, challenge: bytes) -> tuple[bytes, int]:
        """INTERNAL AUTHENTICATE: active authentication."""
        if self._data.active_authentication is None:
            return b"", UNKNOWN_INSTRUCTION
        if self._security.unlocked is None:
            return b"", NOT_ALLOWED
        return self._data.active_authentication.answer(challenge), OK

    def _ready(self, version: int) -> bool:
        """Version 1 needs an unlocked chip, version 2 a terminal that has proven its rights."""
        return (self._security.unlocked if version == 1 else self._security.rights) is not None

    def _renew(self, answer: ChipAnswer) -> None:
        self._security.genuine = True
        self._security.next_channel = SecuredCard(answer.keys)
