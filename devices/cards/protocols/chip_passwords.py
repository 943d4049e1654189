"""A virtual card's passwords and their counters (TR-03110-2).

A CAN never blocks. A PIN has three tries; with one left it is suspended until the CAN was entered in the same session;
with none left it is blocked until the PUK. A PUK has ten uses and is blocked after them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from devices.cards.protocols.passwords import Password, PasswordKind
from kiosk.identity import Secret

PIN_TRIES: Final = 3
PUK_USES: Final = 10


@dataclass(slots=True)
class ChipPasswords:
    """`secrets` are the passwords the card knows. One session is from power on to power off."""

    secrets: Mapping[PasswordKind, Secret]
    pin_left: int = PIN_TRIES
    puk_left: int = PUK_USES
    activated: bool = True
    resumed: bool = False

    def find(self, kind: PasswordKind) -> Password | None:
        """The password itself, for the key of a PACE run; None where the card has none of the kind."""
        secret = self.secrets.get(kind)
        return None if secret is None else Password(kind, secret)

    def announce(self, kind: PasswordKind) -> int:
        """Status word of MSE:Set AT."""
        if kind not in self.secrets:
            return 0x6A88
        if kind is PasswordKind.PUK:
            return 0x9000 if self.puk_left else 0x6983
        if kind is not PasswordKind.PIN:
            return 0x9000
        if not self.activated:
            return 0x6283
        return 0x9000 if self.pin_left == PIN_TRIES else 0x63C0 | self.pin_left

    def usable(self, kind: PasswordKind) -> int:
        """9000 where the password may be tried now, else the status word of GENERAL AUTHENTICATE."""
        if kind is PasswordKind.PUK:
            return 0x9000 if self.puk_left else 0x6983
        if kind is not PasswordKind.PIN:
            return 0x9000
        if self.pin_left == 0 or not self.activated:
            return 0x6983
        return 0x6985 if self.pin_left == 1 and not self.resumed else 0x9000

    def failed(self, kind: PasswordKind) -> int:
        """Count a wrong password; status word of the last GENERAL AUTHENTICATE."""
        if kind is PasswordKind.PIN:
            self.pin_left -= 1
            self.resumed = False
            return 0x63C0 | self.pin_left
        if kind is PasswordKind.PUK:
            self.puk_left -= 1
            return 0x63C0 | self.puk_left
        return 0x6300

    def succeeded(self, kind: PasswordKind) -> None:
        """Count a right password: a CAN resumes a suspended PIN, a PUK unblocks it."""
        match kind:
            case PasswordKind.CAN:
                self.resumed = True
            case PasswordKind.PIN:
                self.pin_left = PIN_TRIES
            case PasswordKind.PUK:
                self.puk_left -= 1
                self.pin_left = PIN_TRIES
            case PasswordKind.MRZ:
                pass

    def power_off(self) -> None:
        """Forget the session, keep the counters."""
        self.resumed = False
