"""The files of a virtual card: what there is, what is selected, and reading it (ISO/IEC 7816-4 §11.2 and §11.3).

Rules
  1. Who may read is asked of the chip at every single read; a file that may not be read can still be selected.
  2. A SELECT that wants no answer and yet has an Le is refused, as some cards do: nobody needs it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Final

from devices.cards.virtual.status_words import MALFORMED, NOT_ALLOWED, NOT_FOUND, NOTHING_SELECTED, WRONG_PARAMETERS
from devices.cards.wire import tlv
from devices.cards.wire.apdu import END_OF_FILE, EXTENDED_LE, OK, SHORT_LE, WRONG_LENGTH, WRONG_OFFSET, Command
from kiosk.errors import CardError

MASTER_FILE: Final = b"\x3f\x00"
NO_ANSWER: Final = 0x0C
FILE_CONTROL_INFORMATION, FILE_CONTROL_PARAMETERS = 0x00, 0x04
AS_MUCH_AS_THERE_IS: Final = (SHORT_LE, EXTENDED_LE)
OFFSET, DISCRETIONARY_DATA = 0x54, 0x53


class Access(Enum):
    """What must have been proven before a file may be read."""

    FREE = "free"
    UNLOCKED = "a password, or what is printed on the card"
    TERMINAL = "terminal authentication"
    DATA_GROUP = "terminal and chip authentication, and the right to this data group"
    INSPECTION = "an inspection system"


@dataclass(frozen=True, slots=True)
class CardFile:
    """An elementary file. `sfi` is the short identifier, 1 to 30."""

    fid: int
    sfi: int
    content: bytes = field(repr=False)
    access: Access = Access.FREE


@dataclass(frozen=True, slots=True)
class Directory:
    """The master file, which has no `aid`, or an application."""

    files: tuple[CardFile, ...]
    aid: bytes = b""


class FileSystem:
    """What is selected, from power on to power off. The first directory is the master file."""

    def __init__(self, directories: Sequence[Directory], may_read: Callable[[CardFile], bool]) -> None:
        self._directories = directories
        self._may_read = may_read
        self._directory = directories[0]
        self._file: CardFile | None = None

    @property
    def in_application(self) -> bool:
        """Whether something else than the master file is selected."""
        return bool(self._directory.aid)

    def select(self, command: Command) -> tuple[bytes, int]:
        """SELECT by file identifier or application identifier: data and status word."""
        if command.p2 & NO_ANSWER == NO_ANSWER and command.le is not None:
            return b"", WRONG_LENGTH
        match command.p1:
            case 0x00 if command.data in (b"", MASTER_FILE):
                return self._enter(self._directories[0], command)
            case 0x00:
                return self._open((self._directory, self._directories[0]), command)
            case 0x02:
                return self._open((self._directory,), command)
            case 0x04:
                found = [item for item in self._directories if item.aid and item.aid == command.data]
                return self._enter(found[0], command) if found else (b"", NOT_FOUND)
        return b"", WRONG_PARAMETERS

    def read(self, command: Command) -> tuple[bytes, int]:
        """READ BINARY with an even instruction: of the selected file, or by short identifier, which selects."""
        if not command.p1 & 0x80:
            return self._read(command.p1 << 8 | command.p2, command.le)
        status = self._choose(command.p1 & 0x1F)
        return self._read(command.p2, command.le) if status == OK else (b"", status)

    def read_far(self, command: Command) -> tuple[bytes, int]:
        """READ BINARY with an odd instruction: the offset is an object, and so is the answer."""
        identifier = command.p1 << 8 | command.p2
        status = self._choose(identifier) if 0 < identifier < 0x1F else OK
        if status != OK:
            return b"", status
        try:
            offset = int.from_bytes(tlv.need(command.data, OFFSET), "big")
        except CardError:
            return b"", MALFORMED
        content, status = self._read(offset, command.le)
        return tlv.encode(DISCRETIONARY_DATA, content) if content else b"", status

    def _enter(self, directory: Directory, command: Command) -> tuple[bytes, int]:
        self._directory, self._file = directory, None
        return _control(command, tlv.encode(0x84, directory.aid or MASTER_FILE)), OK

    def _open(self, directories: Sequence[Directory], command: Command) -> tuple[bytes, int]:
        for directory in directories:
            for file in directory.files:
                if file.fid.to_bytes(2, "big") == command.data:
                    self._directory, self._file = directory, file
                    size = tlv.encode(0x80, len(file.content).to_bytes(2, "big"))
                    return _control(command, size + tlv.encode(0x83, command.data)), OK
        return b"", NOT_FOUND

    def _choose(self, sfi: int) -> int:
        self._file = next((file for file in self._directory.files if file.sfi == sfi), None)
        return NOT_FOUND if self._file is None else OK

    def _read(self, offset: int, le: int | None) -> tuple[bytes, int]:
        if self._file is None:
            return b"", NOTHING_SELECTED
        if not self._may_read(self._file):
            return b"", NOT_ALLOWED
        if le is None:
            return b"", WRONG_LENGTH
        if offset > len(self._file.content):
            return b"", WRONG_OFFSET
        content = self._file.content[offset : offset + le]
        short = not content or (len(content) < le and le not in AS_MUCH_AS_THERE_IS)
        return content, END_OF_FILE if short else OK


def _control(command: Command, content: bytes) -> bytes:
    """What SELECT answers, if anything is wanted."""
    match command.p2 & NO_ANSWER:
        case _ if command.le is None:
            return b""
        case 0x00:
            return tlv.encode(0x6F, content)
        case 0x04:
            return tlv.encode(0x62, content)
    return b""
