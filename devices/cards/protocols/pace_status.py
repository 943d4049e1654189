"""What a card's status words mean before and after a password (TR-03110-3 B).

Rules
  1. MSE:Set AT tells how many tries a PIN has left; nothing is asked of the citizen before that is known.
  2. The last PIN try is not spent unless the caller asks for it in so many words.
  3. A PIN with one try left is suspended until the CAN was entered; with none left only the PUK helps.
"""

from __future__ import annotations

from typing import Final

from devices.cards.protocols.passwords import PasswordKind
from devices.cards.protocols.security_infos import PaceInfo, encode_reference
from devices.cards.wire import tlv
from devices.cards.wire.apdu import Command
from devices.cards.wire.connection import Connection, send
from kiosk.errors import CardError

OK: Final = 0x9000
DEACTIVATED: Final = 0x6283
BLOCKED: Final = 0x6983
SUSPENDED: Final = frozenset({0x6984, 0x6985})
WRONG_PARAMETERS: Final = 0x6A80
NO_SUCH_PASSWORD: Final = 0x6A88
# Cards say a wrong password in one of these ways beside 63xx.
REFUSED: Final = frozenset({0x6982, 0x6988})
FULL_PIN_TRIES: Final = 3


def set_at(info: PaceInfo, kind: PasswordKind, chat: bytes | None = None) -> Command:
    """MSE:Set AT for PACE; `chat` is a whole CHAT, tag 7F4C.

    The group is always named: cards with several PACEInfos need it, and some drop the link without.
    """
    data = tlv.encode(0x80, info.oid) + tlv.encode(0x83, bytes([kind])) + (chat or b"")
    if info.parameter_id is not None:
        data += tlv.encode(0x84, encode_reference(info.parameter_id))
    return Command(0x00, 0x22, 0xC1, 0xA4, data)


def tries_left(connection: Connection, info: PaceInfo, kind: PasswordKind) -> int | None:
    """How often a PIN may still be tried; None for a password that is not counted. Spends no try.

    Raises CardError CARD-19 (blocked), CARD-20 (switched off), CARD-16 (no such password) or CARD-04.
    """
    _, status = send(connection, set_at(info, kind))
    left = remaining(status)
    if kind is not PasswordKind.PIN:
        left = None
    elif status == OK:
        left = FULL_PIN_TRIES
    if left is None or left == 0:
        check_set_at(status, kind, with_chat=False, spend_last_try=True)
    return left


def check_set_at(status: int, kind: PasswordKind, *, with_chat: bool, spend_last_try: bool) -> None:
    """Raises what MSE:Set AT said against going on; see the module's rules."""
    if status == OK:
        return
    left = remaining(status)
    if left is not None:
        if kind is PasswordKind.PIN:
            _check_pin(left, spend_last_try)
        return
    if status == DEACTIVATED:
        raise CardError("CARD-20")
    if status == BLOCKED:
        raise CardError("CARD-19", tries_left=0)
    if status == WRONG_PARAMETERS and with_chat:
        raise CardError("CARD-14", f"MSE:Set AT {status:04X}")
    if status in (WRONG_PARAMETERS, NO_SUCH_PASSWORD):
        raise CardError("CARD-16", f"MSE:Set AT {status:04X}")
    raise CardError("CARD-04", f"MSE:Set AT {status:04X}")


def check_nonce(status: int, kind: PasswordKind) -> None:
    """Raises what the card said instead of the nonce: it tells here that a password cannot be tried now."""
    if status == BLOCKED or status in SUSPENDED:
        raise refusal(status, kind)
    if status != OK:
        raise CardError("CARD-04", f"GENERAL AUTHENTICATE {status:04X}")


def refusal(status: int, kind: PasswordKind) -> CardError:
    """What the card's answer to the terminal's token means, where it is not 9000."""
    left = remaining(status)
    if status == BLOCKED or (left == 0 and kind is PasswordKind.PIN):
        return CardError("CARD-19", tries_left=0)
    if status in SUSPENDED and kind is PasswordKind.PIN:
        return CardError("CARD-18", "suspended until the CAN was entered", tries_left=1)
    if status >> 8 != 0x63 and status not in REFUSED:
        return CardError("CARD-04", f"GENERAL AUTHENTICATE {status:04X}")
    match kind:
        case PasswordKind.CAN:
            return CardError("CARD-03")
        case PasswordKind.MRZ:
            return CardError("CARD-28")
        case PasswordKind.PIN:
            return CardError("CARD-17", tries_left=left)
        case PasswordKind.PUK:
            return CardError("CARD-29", tries_left=left)


def remaining(status: int) -> int | None:
    """x of a status word 63Cx."""
    return status & 0x0F if status & 0xFFF0 == 0x63C0 else None


def _check_pin(left: int, spend_last_try: bool) -> None:
    if left == 0:
        raise CardError("CARD-19", tries_left=0)
    if left == 1 and not spend_last_try:
        raise CardError("CARD-18", tries_left=1)
