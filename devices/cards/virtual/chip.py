"""A virtual chip from power on to power off: opens secured commands, finds who answers, secures the answer.

Rules
  1. A command that leaves secure messaging, or breaks it, ends everything that was proven.
  2. The answer to the command that agrees on new keys is still secured with the old.
"""

from __future__ import annotations

from collections.abc import Callable

from devices.cards.protocols.passwords import PasswordKind
from devices.cards.virtual import pin_management
from devices.cards.virtual.chip_data import ChipData, ChipMemory
from devices.cards.virtual.file_system import FileSystem
from devices.cards.virtual.proving import Proving
from devices.cards.virtual.security import Security
from devices.cards.virtual.status_words import BROKEN_MESSAGING, OUT_OF_ORDER, UNKNOWN_INSTRUCTION, WRONG_PARAMETERS
from devices.cards.virtual.unlocking import Unlocking
from devices.cards.wire.apdu import SECURED, WRONG_LENGTH, Command, parse_command
from kiosk.errors import CardError

Answer = tuple[bytes, int]


class Chip:
    """Everything it proves and learns it writes into `memory`, which outlives it."""

    def __init__(self, data: ChipData, memory: ChipMemory) -> None:
        self.security = Security()
        self.files = FileSystem(data.directories, self.security.may_read)
        self._data = data
        self._memory = memory
        self._unlocking = Unlocking(data, memory, self.security)
        self._proving = Proving(data, memory, self.security)
        self._authenticating: Callable[[bytes], Answer] | None = None
        self._instructions: dict[int, Callable[[Command], Answer]] = {
            0xA4: self.files.select,
            0xB0: self.files.read,
            0xB1: self.files.read_far,
            0x22: self._set,
            0x86: self._general_authenticate,
            0x2A: lambda command: (b"", self._proving.verify_certificate(command.data)),
            0x84: lambda command: self._challenge(),
            0x82: self._external_authenticate,
            0x88: lambda command: self._proving.sign(command.data),
            0x2C: lambda command: (b"", pin_management.reset_retry_counter(command, self.security, memory.passwords)),
            0x44: lambda command: self._switch_pin(command, on=True),
            0x04: lambda command: self._switch_pin(command, on=False),
        }

    def answer(self, raw: bytes) -> Answer:
        """One APDU as the line brings it, secured or not: data and status word."""
        try:
            command = parse_command(raw)
        except CardError:
            return b"", WRONG_LENGTH
        if command.cla & SECURED == SECURED:
            return self._answer_secured(raw)
        if self.security.channel is not None:
            self._lock()
        answer = self._answer(command)
        self.security.answered()
        return answer

    def _answer_secured(self, raw: bytes) -> Answer:
        channel = self.security.channel
        if channel is None:
            return b"", BROKEN_MESSAGING
        try:
            command = channel.open_command(raw)
        except CardError:
            self._lock()
            return b"", BROKEN_MESSAGING
        data, status = self._answer(command)
        sealed = channel.seal_response(data, status)
        self.security.answered()
        return sealed, status

    def _answer(self, command: Command) -> Answer:
        act = self._instructions.get(command.ins)
        return (b"", UNKNOWN_INSTRUCTION) if act is None else act(command)

    def _lock(self) -> None:
        self.security.lock()
        self._proving = Proving(self._data, self._memory, self.security)
        self._authenticating = None

    def _set(self, command: Command) -> Answer:
        """MANAGE SECURITY ENVIRONMENT."""
        if command.le is not None:
            return b"", WRONG_LENGTH
        match command.p1, command.p2:
            case 0xC1, 0xA4:
                self._authenticating = self._pace
                return b"", self._unlocking.set_at(command.data)
            case 0x81, 0xB6:
                return b"", self._proving.set_dst(command.data)
            case 0x81, 0xA4:
                return b"", self._proving.set_terminal(command.data)
            case 0x41, 0xA4:
                self._authenticating = self._proving.general_authenticate
                return b"", self._proving.set_chip(command.data)
            case 0x41, 0xA6:
                return b"", self._proving.set_key_agreement(command.data)
        return b"", WRONG_PARAMETERS

    def _general_authenticate(self, command: Command) -> Answer:
        return (b"", OUT_OF_ORDER) if self._authenticating is None else self._authenticating(command.data)

    def _pace(self, data: bytes) -> Answer:
        """Terminal authentication starts anew with every unlocking."""
        answer = self._unlocking.general_authenticate(data)
        if self.security.next_channel is not None:
            self._proving = Proving(self._data, self._memory, self.security)
        return answer

    def _challenge(self) -> Answer:
        return self._unlocking.challenge() if self.security.chat is None else self._proving.challenge()

    def _external_authenticate(self, command: Command) -> Answer:
        if self.security.chat is None:
            return self._unlocking.authenticate(command.data)
        return b"", self._proving.authenticate(command.data)

    def _switch_pin(self, command: Command, *, on: bool) -> Answer:
        if PasswordKind.PIN not in self._memory.passwords.secrets:
            return b"", UNKNOWN_INSTRUCTION
        return b"", pin_management.switch_pin(command, self.security, self._memory.passwords, on=on)
