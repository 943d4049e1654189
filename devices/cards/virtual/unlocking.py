"""How a virtual chip is unlocked: by PACE, or by BAC where it is a travel document that still knows that.

A wrong password costs what `chip_passwords` says. PACE may run again within the channel an earlier run opened: the CAN
that lets the last PIN try be made is entered that way.
"""

from __future__ import annotations

from devices.cards.crypto.secure_messaging import SecuredCard
from devices.cards.crypto.suite import SessionKeys
from devices.cards.protocols.bac import ChipBac
from devices.cards.protocols.chip_pace import ChipPace, ChipPaceTerms, PaceSelection, parse_set_at
from devices.cards.protocols.pace_choice import pace_group
from devices.cards.protocols.passwords import PasswordKind
from devices.cards.virtual.chip_data import ChipData, ChipMemory
from devices.cards.virtual.security import Security
from devices.cards.virtual.status_words import FAILED, MALFORMED, OUT_OF_ORDER, UNKNOWN_INSTRUCTION
from devices.cards.wire.apdu import OK
from kiosk.errors import CardError


class Unlocking:
    """From power on to power off. Success is written down in `security`."""

    def __init__(self, data: ChipData, memory: ChipMemory, security: Security) -> None:
        self._data = data
        self._memory = memory
        self._security = security
        self._selection: PaceSelection | None = None
        self._pace: ChipPace | None = None
        self._bac = None if data.mrz_information is None else ChipBac(data.mrz_information)

    def set_at(self, data: bytes) -> int:
        """MSE:Set AT for PACE. Warns of a PIN that has tries left or none, and goes on all the same."""
        self._selection = self._pace = None
        try:
            selection = parse_set_at(data, self._data.infos)
            terms = self._terms(selection)
        except CardError:
            return MALFORMED
        if terms is None or self._lacks_can_right(selection):
            return self._memory.passwords.announce(selection.kind) if terms is None else MALFORMED
        self._selection, self._pace = selection, ChipPace(terms)
        return self._memory.passwords.announce(selection.kind)

    def general_authenticate(self, data: bytes) -> tuple[bytes, int]:
        """One step of PACE: data and status word."""
        selection, pace, passwords = self._selection, self._pace, self._memory.passwords
        if selection is None or pace is None:
            return b"", OUT_OF_ORDER
        if (status := passwords.usable(selection.kind)) != OK:
            return b"", status
        answer, status = pace.answer(data)
        if status == FAILED:
            status = passwords.failed(selection.kind)
        if status != OK:
            self._selection = self._pace = None
        elif pace.keys is not None:
            self._unlock(selection, pace, pace.keys)
        return answer, status

    def challenge(self) -> tuple[bytes, int]:
        """GET CHALLENGE of BAC."""
        return (b"", UNKNOWN_INSTRUCTION) if self._bac is None else (self._bac.challenge(), OK)

    def authenticate(self, data: bytes) -> tuple[bytes, int]:
        """EXTERNAL AUTHENTICATE of BAC."""
        if self._bac is None:
            return b"", UNKNOWN_INSTRUCTION
        answer, status = self._bac.authenticate(data)
        if status == OK and self._bac.keys is not None:
            self._security.unlock(PasswordKind.MRZ, SecuredCard(self._bac.keys, self._bac.counter))
        return answer, status

    def _terms(self, selection: PaceSelection) -> ChipPaceTerms | None:
        """None for a password the card does not have. Raises CardError for a group it announces and cannot use."""
        password = self._memory.passwords.find(selection.kind)
        if password is None:
            return None
        cars = tuple(anchor.chr for anchor in self._memory.anchors) if selection.chat is not None else ()
        return ChipPaceTerms(
            selection.info,
            pace_group(self._data.infos, selection.info),
            password.key(selection.info.protocol.cipher),
            cars,
            self._data.mapping_private,
        )

    @staticmethod
    def _lacks_can_right(selection: PaceSelection) -> bool:
        """A terminal that will authenticate itself may use the CAN only if its CHAT says so (TR-03110-4 §2.2.4)."""
        chat = selection.chat
        return selection.kind is PasswordKind.CAN and chat is not None and not chat.can_allowed

    def _unlock(self, selection: PaceSelection, pace: ChipPace, keys: SessionKeys) -> None:
        self._security.unlock(selection.kind, SecuredCard(keys), selection.chat, pace.id_picc)
        # A right PUK counts once it is used: when it unblocks the PIN.
        if selection.kind is not PasswordKind.PUK:
            self._memory.passwords.succeeded(selection.kind)
        self._selection = self._pace = None
