"""Changing, unblocking and switching the PIN of a virtual card (TR-03110-3 B.6).

Rules
  1. The PIN is changed by who entered it just now, unblocked by who entered the PUK.
  2. A terminal with the right to manage PINs may do both, and switch the online function on and off.
"""

from __future__ import annotations

from typing import Final

from devices.cards.pki.chat import ROLE_AUTHENTICATION_TERMINAL
from devices.cards.protocols.chip_passwords import PIN_TRIES, ChipPasswords
from devices.cards.protocols.passwords import PasswordKind
from devices.cards.virtual.security import Security
from devices.cards.virtual.status_words import MALFORMED, NOT_ALLOWED, WRONG_PARAMETERS
from devices.cards.wire.apdu import OK, Command
from kiosk.identity import Secret

WHOLE_REFERENCE: Final = 0x10
PIN_MANAGEMENT: Final = 1 << 5
PIN_LENGTH: Final = 6


def reset_retry_counter(command: Command, security: Security, passwords: ChipPasswords) -> int:
    """RESET RETRY COUNTER with a new PIN, or without one to unblock the old: status word."""
    if command.p2 != PasswordKind.PIN:
        return WRONG_PARAMETERS
    manages = _may_manage(security)
    match command.p1, bool(command.data):
        case 0x02, True:  # change
            if security.unlocked is not PasswordKind.PIN and not manages:
                return NOT_ALLOWED
            return _change(command.data, passwords)
        case 0x03, False:  # unblock
            if security.unlocked is not PasswordKind.PUK and not manages:
                return NOT_ALLOWED
            return _unblock(security, passwords)
    return WRONG_PARAMETERS


def switch_pin(command: Command, security: Security, passwords: ChipPasswords, *, on: bool) -> int:
    """ACTIVATE and DEACTIVATE of the PIN, which is the online function: status word."""
    if (command.p1, command.p2) != (WHOLE_REFERENCE, PasswordKind.PIN):
        return WRONG_PARAMETERS
    if not _may_manage(security):
        return NOT_ALLOWED
    passwords.activated = on
    return OK


def _may_manage(security: Security) -> bool:
    rights = security.rights
    return (
        rights is not None
        and rights.role_oid == ROLE_AUTHENTICATION_TERMINAL
        and bool(rights.permissions & PIN_MANAGEMENT)
    )


def _change(digits: bytes, passwords: ChipPasswords) -> int:
    if len(digits) != PIN_LENGTH or not digits.isdigit():
        return MALFORMED
    passwords.secrets = {**passwords.secrets, PasswordKind.PIN: Secret(digits.decode("ascii"))}
    passwords.pin_left = PIN_TRIES
    return OK


def _unblock(security: Security, passwords: ChipPasswords) -> int:
    if security.unlocked is PasswordKind.PUK:
        passwords.succeeded(PasswordKind.PUK)
    else:
        passwords.pin_left = PIN_TRIES
    return OK
