"""Virtual cards of the test persons, and a terminal made of the raw protocols that speaks to them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

import pytest

from devices.cards.crypto.groups import standard_group
from devices.cards.crypto.secure_messaging import Secured
from devices.cards.people import Person, load_people, printed_zone
from devices.cards.pki.chat import Chat, chat_for
from devices.cards.pki.cms import open_message
from devices.cards.pki.making import SpecimenPki, make_specimen_pki
from devices.cards.protocols.chip_authentication import choose_chip_authentication, run_chip_authentication
from devices.cards.protocols.chip_passwords import ChipPasswords
from devices.cards.protocols.pace import PaceOutcome, PaceRequest, run_pace
from devices.cards.protocols.pace_choice import choose_pace, pace_group
from devices.cards.protocols.passwords import Password, PasswordKind
from devices.cards.protocols.randomness import EphemeralKey, draw_key
from devices.cards.protocols.security_infos import PaceInfo, SecurityInfos, parse_security_infos
from devices.cards.protocols.terminal_authentication import TerminalProof, authenticate_terminal
from devices.cards.virtual.card import VirtualCard
from devices.cards.virtual.chip_data import ChipData, ChipMemory
from devices.cards.virtual.faults import Fault
from devices.cards.virtual.file_system import CardFile, Directory
from devices.cards.virtual.making import make_card
from devices.cards.wire.connection import Connection
from devices.cards.wire.files import read_file, select_master_file
from kiosk.identity import Secret

TODAY = date(2026, 11, 25)
PEOPLE = load_people()


@pytest.fixture
def plain_card() -> Callable[[Fault | None], VirtualCard]:
    """A card with one file and nothing that protects it."""

    def make(fault: Fault | None = None) -> VirtualCard:
        master_file = Directory((CardFile(0x2F00, 0x1E, b"index"),))
        data = ChipData(bytes.fromhex("3B80800101"), (master_file,), SecurityInfos())
        return VirtualCard(data, ChipMemory(ChipPasswords({}), TODAY), fault)

    return make


@dataclass(frozen=True, slots=True)
class Proven:
    """A connection over which the terminal has proven its rights, and the key that chip authentication will use."""

    connection: Secured
    own: EphemeralKey


@dataclass(slots=True)
class Terminal:
    """Speaks to one person's card, which it powers first."""

    person: Person
    card: VirtualCard
    infos: SecurityInfos
    pki: SpecimenPki
    line: Connection | None = None

    def again(self) -> None:
        """Power off and on."""
        self.card.reset()

    def secret(self, kind: PasswordKind) -> str:
        match kind:
            case PasswordKind.MRZ:
                return printed_zone(self.person).information
            case PasswordKind.CAN:
                return self.person.can
            case PasswordKind.PIN:
                return self.person.pin
            case PasswordKind.PUK:
                return self.person.puk

    @property
    def info(self) -> PaceInfo:
        return choose_pace(self.infos)

    def unlock(self, kind: PasswordKind, secret: str = "", **options: object) -> PaceOutcome:
        """With the person's password, or another. Options: chat, spend_last_try, within (a connection), info."""
        within: Any = options.pop("within", self.line or self.card)
        info = options.pop("info", self.info)
        assert isinstance(info, PaceInfo)
        chat = options.pop("chat", None)
        request = PaceRequest(
            info,
            Password(kind, Secret(secret or self.secret(kind))),
            chat.encode() if isinstance(chat, Chat) else None,
            spend_last_try=bool(options.pop("spend_last_try", False)),
            group=pace_group(self.infos, info),
        )
        assert not options
        return run_pace(within, request)

    def prove(self, groups: Iterable[int] = (), *, rights: int = 0, certified: int | None = None) -> Secured:
        """CAN, terminal and chip authentication: asks to read `groups` and for `rights`.

        The certificate allows what is asked for, or what is `certified`.
        """
        proven = self.proven(groups, rights=rights, certified=certified)
        select_master_file(proven.connection)
        security = parse_security_infos(open_message(read(proven.connection, 0x011D)).content)
        return run_chip_authentication(proven.connection, choose_chip_authentication(security, 2), proven.own)

    def proven(self, groups: Iterable[int] = (), *, rights: int = 0, certified: int | None = None) -> Proven:
        """As far as terminal authentication."""
        chat = chat_for(groups, can_allowed=True)
        chat = Chat(chat.role_oid, chat.rights | rights)
        outcome = self.unlock(PasswordKind.CAN, chat=chat)
        own = draw_key(standard_group(13))
        chain = self.pki.chain(chat.rights if certified is None else certified)
        authenticate_terminal(outcome.connection, chain, self.pki.signer, TerminalProof(outcome.id_picc, own))
        return Proven(outcome.connection, own)


def read(connection: Connection, fid: int) -> bytes:
    return read_file(connection, fid=fid, chunk=223)


@pytest.fixture(scope="session")
def pki() -> SpecimenPki:
    return make_specimen_pki(TODAY)


@pytest.fixture
def make(pki: SpecimenPki) -> Callable[..., VirtualCard]:
    """The card of a person, without power: `make("erika", Fault.CLONE)`."""
    return lambda person, fault=None: make_card(PEOPLE[person], fault, today=TODAY, pki=pki)


@pytest.fixture
def meet(make: Callable[..., VirtualCard], pki: SpecimenPki) -> Callable[..., Terminal]:
    """A terminal before the card of a person, which has power: `meet("erika", Fault.CLONE)`."""

    def meet(person: str, fault: Fault | None = None) -> Terminal:
        card = make(person, fault)
        card.power_on()
        select_master_file(card)
        infos = parse_security_infos(read(card, 0x011C))
        return Terminal(PEOPLE[person], card, infos, pki)

    return meet
