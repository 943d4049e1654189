"""A card that only has files, and a line that answers from a script."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from devices.cards.virtual.file_system import CardFile, Directory, FileSystem
from devices.cards.virtual.line import ChipLine
from devices.cards.wire.apdu import Command, parse_command


@dataclass(slots=True)
class FileCard:
    """The virtual card's line and file system alone. `refuse` says which commands fail before they are looked at."""

    files: tuple[CardFile, ...]
    extended: bool = True
    refuse: Callable[[Command], int | None] = lambda command: None
    commands: list[Command] = field(default_factory=list)
    line: ChipLine = field(init=False)
    system: FileSystem = field(init=False)

    def __post_init__(self) -> None:
        self.line = ChipLine(self._answer, extended=self.extended)
        self.system = FileSystem((Directory(self.files),), lambda file: True)

    def transmit(self, command: bytes) -> tuple[bytes, int]:
        self.commands.append(parse_command(command))
        refused = self.refuse(self.commands[-1])
        return self.line.transmit(command) if refused is None else (b"", refused)

    def _answer(self, raw: bytes) -> tuple[bytes, int]:
        command = parse_command(raw)
        match command.ins:
            case 0xA4:
                return self.system.select(command)
            case 0xB0:
                return self.system.read(command)
            case 0xB1:
                return self.system.read_far(command)
            case 0xCA:
                return command.data, 0x9000
        return b"", 0x6D00


@pytest.fixture
def file_card() -> type[FileCard]:
    return FileCard


@dataclass(slots=True)
class Script:
    """Gives its answers in turn and writes down what was asked."""

    answers: list[tuple[bytes, int]]
    asked: list[str] = field(default_factory=list)

    def transmit(self, command: bytes) -> tuple[bytes, int]:
        self.asked.append(command.hex())
        return self.answers.pop(0)


@pytest.fixture
def script() -> Callable[..., Script]:
    """`script((data, status), …)`."""
    return lambda *answers: Script(list(answers))
