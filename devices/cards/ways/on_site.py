"""On-site reading of German cards with the CAN and a terminal certificate (§ 18a PAuswG, TR-03110-2 §3).

The General Authentication Procedure, in this order: PACE with the CAN, which names the data groups wanted; terminal
authentication; EF.CardSecurity, its signature, and what EF.CardAccess had said; chip authentication, from which on
the channel ends in the genuine chip; then the data groups.

Rules
  1. Only data groups that serve what was asked for are named in the CHAT and read, and the date of expiry.
  2. Without a terminal certificate, or with one that lacks a right, nothing is asked of the card.
  3. No data before chip authentication; none from a card that has expired.

That staff compared photo and person first is the visit's business; nothing here can know it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Final

from devices.cards.applications import eid
from devices.cards.crypto.groups import Group
from devices.cards.crypto.secure_messaging import Secured
from devices.cards.pki.chat import chat_for
from devices.cards.pki.csca import CscaStore
from devices.cards.pki.cv_certificate import CvCertificate
from devices.cards.pki.terminal_store import TerminalStore
from devices.cards.protocols.chip_authentication import choose_chip_authentication, run_chip_authentication
from devices.cards.protocols.pace import PaceOutcome, PaceRequest, run_pace
from devices.cards.protocols.pace_choice import choose_pace, pace_group
from devices.cards.protocols.passwords import Password, PasswordKind
from devices.cards.protocols.randomness import draw_key
from devices.cards.protocols.security_infos import ChipAuthenticationInfo, SecurityInfos
from devices.cards.protocols.terminal_authentication import TerminalProof, authenticate_terminal
from devices.cards.ways.card_security import read_card_security
from devices.cards.ways.opened import OpenedCard, Progress
from devices.cards.ways.refused_files import read_if_there
from devices.cards.wire.files import read_file, select_application
from kiosk.errors import CardError
from kiosk.identity import Assurance, Attribute, Authenticity, CardKind, IdentityData, ReadPhase, Secret, Way
from kiosk.ports import ReadRequest

EAC_2: Final = 2
EXPIRY: Final = eid.DataGroup.DATE_OF_EXPIRY


@dataclass(frozen=True, slots=True)
class OnSite:
    """A CardWay. `terminal` has this terminal's certificates and key, `now` is aware, in UTC."""

    terminal: TerminalStore
    trust: CscaStore
    now: Callable[[], datetime] = lambda: datetime.now(UTC)

    def read(self, card: OpenedCard, request: ReadRequest, progress: Progress) -> IdentityData:
        """Raises CardError CARD-03, -05, or -08 to -16, EacError, and what reading raises."""
        if not isinstance(request.key, Secret):
            raise CardError("CARD-16", "on-site reading takes a CAN")
        groups = (EXPIRY, *eid.groups_for(request.attributes))
        connection = self.unlock(card, request.key, groups, progress)
        progress(ReadPhase.READING)
        return self._identity(connection, card, request, groups)

    def unlock(self, card: OpenedCard, can: Secret, groups: tuple[int, ...], progress: Progress) -> Secured:
        """Everything before the data: a connection over which the eID application shows these data groups."""
        access = _announced(card)
        self._check_rights(groups)
        progress(ReadPhase.SECURING)
        info = choose_pace(access)
        chat = chat_for(groups, can_allowed=True).encode()
        password = Password(PasswordKind.CAN, can)
        request = PaceRequest(info, password, chat, group=pace_group(access, info))
        outcome = run_pace(card.connection, request)
        progress(ReadPhase.CHECKING)
        connection = self._prove(card, outcome, groups)
        select_application(connection, eid.APPLICATION_ID)
        return connection

    def _check_rights(self, groups: tuple[int, ...]) -> None:
        """Raises CardError CARD-12 where there is no terminal certificate, CARD-14 where it lacks a right."""
        own = self.terminal.current
        if own is None:
            raise CardError("CARD-12")
        if not _allows(own, groups):
            raise CardError("CARD-14", "the terminal certificate")

    def _prove(self, card: OpenedCard, outcome: PaceOutcome, groups: tuple[int, ...]) -> Secured:
        """The terminal to the chip, then the chip to the terminal."""
        agreement = choose_agreement(_announced(card))
        own = draw_key(agreement.group)
        chain = self.terminal.chain_for(outcome.cars)
        if not all(_allows(item, groups) for item in chain):
            raise CardError("CARD-14", "a certificate above the terminal's")
        authenticate_terminal(outcome.connection, chain, self.terminal.signer, TerminalProof(outcome.id_picc, own))
        security = read_card_security(outcome.connection, card, self.trust, self.now())
        if security.authenticity is not Authenticity.VERIFIED:
            raise CardError("CARD-10", "nobody here knows who signed EF.CardSecurity")
        signed = replace(security.infos, chip_authentication=(agreement.info,))
        choice = choose_chip_authentication(signed, EAC_2)
        if choice.key.group != own.group:
            raise CardError("CARD-11", "the chip's key is of another group than EF.CardAccess said")
        return run_chip_authentication(outcome.connection, choice, own)

    def _identity(
        self, connection: Secured, card: OpenedCard, request: ReadRequest, groups: tuple[int, ...]
    ) -> IdentityData:
        """Expiry first: of an expired card nothing more is read."""
        now = self.now()
        expires_on = eid.parse_date_of_expiry(read_file(connection, sfi=EXPIRY, chunk=card.chunk))
        if expires_on < now.date():
            raise CardError("CARD-05")
        found: dict[Attribute, str] = {}
        for group in groups[1:]:
            found |= eid.parse_data_group(group, read_if_there(connection, group, card.chunk))
        return IdentityData(
            attributes={key: text for key, text in found.items() if key in request.attributes},
            way=Way.ON_SITE,
            assurance=Assurance.HIGH,
            authenticity=Authenticity.VERIFIED,
            read_at=now,
            expires_on=expires_on,
        )


@dataclass(frozen=True, slots=True)
class Agreement:
    """Chip authentication as EF.CardAccess announces it: terminal authentication is bound to a key in its group."""

    info: ChipAuthenticationInfo
    group: Group


def choose_agreement(access: SecurityInfos) -> Agreement:
    """The strongest with a group that is supported. Raises CardError CARD-16 where there is none."""
    for info in sorted(access.chip_authentication, key=lambda item: item.protocol.cipher.key_length, reverse=True):
        for domain in access.chip_authentication_domain:
            if info.version == EAC_2 and info.key_id in (None, domain.key_id):
                return Agreement(info, domain.group)
    raise CardError("CARD-16", "the card announces no chip authentication")


def _allows(certificate: CvCertificate, groups: Iterable[int]) -> bool:
    chat = certificate.chat
    return chat.can_allowed and all(chat.may_read(group) for group in groups)


def _announced(card: OpenedCard) -> SecurityInfos:
    if card.seen.kind is not CardKind.GERMAN or card.seen.access is None:
        raise CardError("CARD-16", "no eID application")
    return card.seen.access
