"""A chip made of the product's own chip sides, the published numbers, and a record of what went over the line."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from devices.cards.crypto.groups import Group, standard_group
from devices.cards.protocols import oids
from devices.cards.protocols.chip_pace import ChipPace, ChipPaceTerms, parse_set_at
from devices.cards.protocols.chip_passwords import ChipPasswords
from devices.cards.protocols.passwords import PasswordKind
from devices.cards.protocols.randomness import SYSTEM, Randomness
from devices.cards.protocols.security_infos import PaceInfo, SecurityInfos
from devices.cards.wire.apdu import parse_command
from devices.cards.wire.connection import Connection
from kiosk.errors import CardError
from kiosk.identity import Secret

SECRETS = {
    PasswordKind.MRZ: Secret("T22000129364081251010318"),
    PasswordKind.CAN: Secret("123456"),
    PasswordKind.PIN: Secret("654321"),
    PasswordKind.PUK: Secret("0123456789"),
}


def _scripted(privates: Iterable[bytes] = (), nonces: Iterable[bytes] = ()) -> Randomness:
    keys, texts = iter(privates), iter(nonces)

    def nonce(length: int) -> bytes:
        text = next(texts)
        assert len(text) == length
        return text

    return Randomness(lambda group: int.from_bytes(next(keys), "big"), nonce)


@pytest.fixture
def scripted() -> Callable[..., Randomness]:
    """Randomness that gives published numbers, in order."""
    return _scripted


@dataclass(slots=True)
class Record:
    """A layer that writes down what went through it."""

    connection: Connection
    commands: list[bytes] = field(default_factory=list)
    responses: list[bytes] = field(default_factory=list)

    def transmit(self, command: bytes) -> tuple[bytes, int]:
        data, status = self.connection.transmit(command)
        self.commands.append(command)
        self.responses.append(data + status.to_bytes(2, "big"))
        return data, status


@pytest.fixture
def record() -> type[Record]:
    return Record


@dataclass(slots=True)
class Replay:
    """A published conversation: gives each response only to the very command it answered."""

    exchanges: Iterator[tuple[bytes, bytes]]

    def transmit(self, command: bytes) -> tuple[bytes, int]:
        expected, response = next(self.exchanges)
        assert command.hex() == expected.hex()
        return response[:-2], int.from_bytes(response[-2:], "big")


@pytest.fixture
def replay() -> Callable[[Iterable[tuple[bytes, bytes]]], Replay]:
    return lambda exchanges: Replay(iter(exchanges))


@dataclass(slots=True)
class PaceChip:
    """A chip that does PACE and nothing else. `tamper` changes its answers, as a clone or a bad line would."""

    info: PaceInfo
    domain: Group
    passwords: ChipPasswords
    randomness: Randomness = SYSTEM
    cars: tuple[str, ...] = ()
    static_private: int | None = None
    tamper: Callable[[bytes, bytes], bytes] = lambda command, answer: answer
    steps: int = 0
    kind: PasswordKind | None = None
    run: ChipPace | None = None

    def transmit(self, command: bytes) -> tuple[bytes, int]:
        parsed = parse_command(command)
        if parsed.ins == 0x22:
            return b"", self._set_at(parsed.data)
        assert parsed.ins == 0x86
        data, status = self._general_authenticate(parsed.data)
        return self.tamper(parsed.data, data), status

    def _set_at(self, data: bytes) -> int:
        try:
            selection = parse_set_at(data, SecurityInfos(pace=(self.info,)))
        except CardError:
            return 0x6A80
        if selection.kind is PasswordKind.CAN and selection.chat and not selection.chat.can_allowed:
            return 0x6A80
        password = self.passwords.find(selection.kind)
        if password is not None:
            key = password.key(self.info.protocol.cipher)
            terms = ChipPaceTerms(self.info, self.domain, key, self.cars, self.static_private)
            self.run, self.kind, self.steps = ChipPace(terms, self.randomness), selection.kind, 0
        return self.passwords.announce(selection.kind)

    def _general_authenticate(self, data: bytes) -> tuple[bytes, int]:
        assert self.run is not None
        assert self.kind is not None
        if (status := self.passwords.usable(self.kind)) != 0x9000:
            return b"", status
        self.steps += 1
        answer, status = self.run.answer(data)
        if status == 0x6300:
            return b"", self.passwords.failed(self.kind)
        if self.steps == 4 and status == 0x9000:
            self.passwords.succeeded(self.kind)
        return answer, status


def _pace_info(family: int, suite: int = 2, parameter_id: int = 13) -> PaceInfo:
    return PaceInfo(oids.ID_PACE + bytes([family, suite]), 2, parameter_id)


@pytest.fixture
def pace_info() -> Callable[..., PaceInfo]:
    """By the two last arcs of the object identifier and the group: (family, suite, parameter_id)."""
    return _pace_info


@pytest.fixture
def passwords() -> ChipPasswords:
    return ChipPasswords(SECRETS)


@pytest.fixture
def pace_chip(passwords: ChipPasswords) -> Callable[..., PaceChip]:
    """A chip for one PACEInfo."""

    def make(info: PaceInfo, **options: Any) -> PaceChip:
        options.setdefault("passwords", passwords)
        return PaceChip(info, standard_group(info.parameter_id or 0), **options)

    return make
