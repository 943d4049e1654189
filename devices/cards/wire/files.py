"""Selecting and reading elementary files (ISO/IEC 7816-4 §7.1.1 and §7.2.3, ICAO 9303-10 §3.6).

Rules
  1. SELECT never asks for an answer: some cards break off over an Le (P2 = 0C).
  2. How long a file is its own first data object says; no file of more than 1 MiB is read.
  3. A long READ BINARY that fails is tried once more short, at the same place; a short one that fails is an error.
     Some cards refuse to read past the end of a file, so that a first one is tried with the head of the file only.

Files by number (fid, sfi): EF.CardAccess 011C 1C, EF.CardSecurity 011D 1D, EF.DIR 2F00 1E; of a travel document's
application EF.COM 011E 1E, EF.SOD 011D 1D, data group n 01nn n.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from devices.cards.wire import tlv
from devices.cards.wire.apdu import END_OF_FILE, OK, Command
from devices.cards.wire.connection import Connection, expect, send
from kiosk.errors import CardError

MASTER_FILE: Final = b"\x3f\x00"
FALLBACK_CHUNK: Final = 223
LONGEST_FILE: Final = 1 << 20
EVEN_OFFSETS: Final = 0x8000
LARGE_CHUNK: Final = 4000
HEAD: Final = 8
CARD_ACCESS_SFI: Final = 0x1C
OFFSET, DISCRETIONARY_DATA = 0x54, 0x53
READ: Final = frozenset({OK, END_OF_FILE})
# There is no such file, or it is kept from everybody who has not proven anything: the length was understood.
REFUSED_FOR_OTHER_REASONS: Final = frozenset({0x6982, 0x6985, 0x6A82})
# A card that did not answer the command, or not as it was meant. A reader that cannot carry it ends the connection.
GIVES_UP: Final = frozenset({"CARD-04", "CARD-07"})


def select_master_file(connection: Connection) -> None:
    """Raises CardError CARD-04."""
    expect(connection, Command(0x00, 0xA4, 0x00, 0x0C, MASTER_FILE))


def select_application(connection: Connection, aid: bytes) -> None:
    """Raises CardError CARD-04."""
    expect(connection, Command(0x00, 0xA4, 0x04, 0x0C, aid))


def select_file(connection: Connection, fid: int) -> None:
    """An elementary file under the selected directory. Raises CardError CARD-04."""
    expect(connection, Command(0x00, 0xA4, 0x02, 0x0C, fid.to_bytes(2, "big")))


def read_file(connection: Connection, fid: int | None = None, sfi: int | None = None, *, chunk: int) -> bytes:
    """A file's first data object, whole. By `fid` it is selected, by `sfi` too; with neither the selected one is read.

    `chunk` is how many bytes one answer may have (`probe_chunk`). Raises CardError CARD-04 (not readable) or CARD-07.
    """
    if fid is not None:
        select_file(connection, fid)
    start = Command(0x00, 0xB0, 0x00 if sfi is None else 0x80 | sfi, 0x00, le=chunk)
    data, status = send(connection, start)
    if _about_length(status):
        chunk = min(chunk, FALLBACK_CHUNK)
        data, status = send(connection, replace(start, le=HEAD))
    content = bytearray(_accept(start, data, status))
    length = tlv.whole_length(bytes(content))
    if length > LONGEST_FILE:
        raise CardError("CARD-07", "file of more than 1 MiB")
    while len(content) < length:
        part = _read_part(connection, len(content), min(chunk, length - len(content)))
        chunk = min(chunk, FALLBACK_CHUNK) if part.shortened else chunk
        content += part.data
    return bytes(content[:length])


def probe_chunk(connection: Connection) -> int:
    """How many bytes one answer may have on this way to this card, found out by reading EF.CardAccess in one go.

    What reader and card say of themselves is not asked, as readers lie about it. The master file must be selected.
    Raises what the connection raises, but for a reader that gives up on the long command.
    """
    try:
        data, status = send(connection, Command(0x00, 0xB0, 0x80 | CARD_ACCESS_SFI, 0x00, le=LARGE_CHUNK))
        understood = status in READ and len(data) >= tlv.whole_length(data)
    except CardError as error:
        if error.code not in GIVES_UP:
            raise
        return FALLBACK_CHUNK
    return LARGE_CHUNK if understood or status in REFUSED_FOR_OTHER_REASONS else FALLBACK_CHUNK


@dataclass(frozen=True, slots=True)
class _Part:
    data: bytes
    shortened: bool


def _read_part(connection: Connection, offset: int, length: int) -> _Part:
    command = _read_binary(offset, length)
    data, status = send(connection, command)
    shortened = length > FALLBACK_CHUNK and _about_length(status)
    if shortened:
        command = _read_binary(offset, FALLBACK_CHUNK)
        data, status = send(connection, command)
    data = _accept(command, data, status)
    return _Part(data if command.ins == 0xB0 else _some(tlv.need(data, DISCRETIONARY_DATA)), shortened)


def _read_binary(offset: int, length: int) -> Command:
    """Of the selected file. From 32 KiB on the offset is a data object, and so is the answer."""
    if offset < EVEN_OFFSETS:
        return Command(0x00, 0xB0, offset >> 8, offset & 0xFF, le=length)
    return Command(0x00, 0xB1, 0x00, 0x00, tlv.encode(OFFSET, offset.to_bytes(3, "big").lstrip(b"\x00")), le=length)


def _accept(command: Command, data: bytes, status: int) -> bytes:
    if status not in READ:
        raise CardError("CARD-04", f"INS {command.ins:02X}: {status:04X}")
    return _some(data)


def _some(data: bytes) -> bytes:
    if not data:
        raise CardError("CARD-07", "file ends before its data object does")
    return data


def _about_length(status: int) -> bool:
    """Whether a shorter READ BINARY may help: an error that is not about rights or the file itself."""
    return status not in READ and status >> 8 not in (0x69, 0x6A)
