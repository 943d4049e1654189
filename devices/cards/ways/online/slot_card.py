"""The card in a slot, as a simulated AusweisApp and the eID server behind it see it: the counters it tells, PACE with
what is typed, then terminal and chip authentication and the data groups (TR-03110-2 §3).

In the field the eID server does all that follows PACE, with its own certificate; here it is done with the terminal
certificate of a test PKI. A chip or a signature that does not hold gives no data and is said to be not authentic.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Final

from devices.cards.applications import eid
from devices.cards.crypto.secure_messaging import Secured
from devices.cards.pki.chat import chat_for
from devices.cards.protocols.chip_authentication import choose_chip_authentication, run_chip_authentication
from devices.cards.protocols.pace import PaceOutcome, PaceRequest, run_pace
from devices.cards.protocols.pace_choice import choose_pace, pace_group
from devices.cards.protocols.pace_status import BLOCKED, DEACTIVATED, OK, remaining, set_at
from devices.cards.protocols.passwords import Password, PasswordKind
from devices.cards.protocols.randomness import draw_key
from devices.cards.protocols.security_infos import SecurityInfos
from devices.cards.protocols.terminal_authentication import TerminalProof, authenticate_terminal
from devices.cards.slot import CardChannel, Slot
from devices.cards.ways.card_security import read_card_security
from devices.cards.ways.configured import Certificates
from devices.cards.ways.on_site import EAC_2, EXPIRY, choose_agreement
from devices.cards.ways.online.sealed_result import EidResult
from devices.cards.ways.online.simulated_card import PIN_TRIES, CardState
from devices.cards.ways.opened import OpenedCard, open_card
from devices.cards.ways.refused_files import read_if_there
from devices.cards.wire.apdu import Command
from devices.cards.wire.connection import send
from devices.cards.wire.files import read_file, select_application
from kiosk.errors import CardError
from kiosk.identity import Attribute, Authenticity, CardKind, Secret

GROUPS: Final = (EXPIRY, *eid.groups_for(Attribute))
# RESET RETRY COUNTER, without a new PIN (TR-03110-3, PIN management).
UNBLOCK_PIN: Final = Command(0x00, 0x2C, 0x03, 0x03)
# A secret that was wrong, or cannot be tried: the card's counters then say what it wants next.
REFUSED: Final = frozenset({"CARD-03", "CARD-17", "CARD-18", "CARD-19", "CARD-29"})
NOT_GENUINE: Final = frozenset({"CARD-08", "CARD-09", "CARD-10", "CARD-11"})


@dataclass(frozen=True, slots=True)
class _Lying:
    """The powered card, and what it announces."""

    channel: CardChannel
    card: OpenedCard
    access: SecurityInfos


class SlotCard:
    """An EidCard (simulated_card.py): whatever lies in `slot`. `now` is aware, in UTC."""

    def __init__(
        self, slot: Slot, certificates: Certificates, now: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        self._slot = slot
        self._certificates = certificates
        self._now = now
        self._lying: _Lying | None = None
        self._resumed = False

    def state(self) -> CardState | None:
        """Powers the card when it is first asked. A card that does not answer is none."""
        try:
            lying = self._lying = self._lying or _power(self._slot)
            return None if lying is None else self._counters(lying)
        except CardError:
            self.leave()
            return None

    def enter(self, kind: PasswordKind, digits: str) -> EidResult | None:
        """Raises CardError CARD-02 where no card lies there, and what the protocols raise."""
        lying = self._lying
        if lying is None:
            raise CardError("CARD-02")
        self._resumed = False
        try:
            outcome = run_pace(lying.card.connection, _request(lying.access, Password(kind, Secret(digits))))
        except CardError as error:
            if error.code in REFUSED:
                return None
            raise
        match kind:
            case PasswordKind.PIN:
                return self._read(lying, outcome)
            case PasswordKind.PUK:
                send(outcome.connection, UNBLOCK_PIN)
                self.leave()
            case _:
                self._resumed = True
        return None

    def leave(self) -> None:
        """Take the power away."""
        lying, self._lying, self._resumed = self._lying, None, False
        if lying is not None:
            lying.channel.close()

    def _counters(self, lying: _Lying) -> CardState:
        info = choose_pace(lying.access)
        status = send(lying.card.connection, set_at(info, PasswordKind.PIN))[1]
        left = PIN_TRIES if status in (OK, DEACTIVATED) else 0 if status == BLOCKED else remaining(status)
        if left is None:
            raise CardError("CARD-04", f"MSE:Set AT {status:04X}")
        inoperative = left == 0 and send(lying.card.connection, set_at(info, PasswordKind.PUK))[1] == BLOCKED
        return CardState(left, status == DEACTIVATED, inoperative, self._resumed)

    def _read(self, lying: _Lying, outcome: PaceOutcome) -> EidResult:
        """The eID server's part."""
        try:
            connection = self._prove(lying, outcome)
        except CardError as error:
            if error.code in NOT_GENUINE:
                return EidResult({}, False, self._now())
            raise
        select_application(connection, eid.APPLICATION_ID)
        chunk = lying.card.chunk
        expires_on = eid.parse_date_of_expiry(read_file(connection, sfi=EXPIRY, chunk=chunk))
        found: dict[Attribute, str] = {}
        for group in GROUPS[1:]:
            found |= eid.parse_data_group(group, read_if_there(connection, group, chunk))
        return EidResult(found, True, self._now(), expires_on)

    def _prove(self, lying: _Lying, outcome: PaceOutcome) -> Secured:
        """The server to the chip, then the chip to the server. Raises CardError."""
        known = self._certificates
        agreement = choose_agreement(lying.access)
        own = draw_key(agreement.group)
        proof = TerminalProof(outcome.id_picc, own)
        authenticate_terminal(outcome.connection, known.terminal.chain_for(outcome.cars), known.terminal.signer, proof)
        security = read_card_security(outcome.connection, lying.card, known.trust, self._now())
        if security.authenticity is not Authenticity.VERIFIED:
            raise CardError("CARD-10", "nobody here knows who signed EF.CardSecurity")
        signed = replace(security.infos, chip_authentication=(agreement.info,))
        return run_chip_authentication(outcome.connection, choose_chip_authentication(signed, EAC_2), own)


def _request(access: SecurityInfos, password: Password) -> PaceRequest:
    """AusweisApp spends the last try; with the PIN it says what the eID server will read."""
    info = choose_pace(access)
    chat = chat_for(GROUPS, can_allowed=False).encode() if password.kind is PasswordKind.PIN else None
    return PaceRequest(info, password, chat, spend_last_try=True, group=pace_group(access, info))


def _power(slot: Slot) -> _Lying | None:
    """None for a card without an eID application, which is let go. Raises CardError."""
    channel = slot.connect()
    try:
        card = open_card(channel)
        if card.seen.kind is CardKind.GERMAN and card.seen.access is not None:
            return _Lying(channel, card, card.seen.access)
    except BaseException:
        channel.close()
        raise
    channel.close()
    return None
