"""Command APDUs, short and extended, and the status words that answer them (ISO/IEC 7816-4 §5.3 and §5.6)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from kiosk.errors import CardError

SHORT_LE: Final = 256
EXTENDED_LE: Final = 65536
SHORT_DATA: Final = 255
EXTENDED_DATA: Final = 65535
HEADER: Final = 4

OK: Final = 0x9000
END_OF_FILE: Final = 0x6282
WRONG_LENGTH: Final = 0x6700
WRONG_OFFSET: Final = 0x6B00
MORE_DATA: Final = 0x61
RIGHT_LENGTH: Final = 0x6C

CHAINED: Final = 0x10
SECURED: Final = 0x0C


@dataclass(frozen=True, slots=True)
class Command:
    """One command. `le` is how many bytes are expected at most; 256 and 65536 mean as much as there is, None no answer.

    `data` has at most 65535 bytes.
    """

    cla: int
    ins: int
    p1: int
    p2: int
    data: bytes = field(default=b"", repr=False)
    le: int | None = None

    @property
    def extended(self) -> bool:
        """Whether it only fits into an APDU of extended length."""
        return len(self.data) > SHORT_DATA or (self.le or 0) > SHORT_LE

    def encode(self) -> bytes:
        """The APDU, of extended length only if it must be. Raises ValueError for numbers that fit nowhere."""
        if len(self.data) > EXTENDED_DATA or (self.le is not None and not 1 <= self.le <= EXTENDED_LE):
            raise ValueError("lengths of a command")
        size = 2 if self.extended else 1
        mark = b"\x00" if self.extended else b""
        whole = bytes([self.cla, self.ins, self.p1, self.p2])
        if self.data:
            whole += mark + len(self.data).to_bytes(size, "big") + self.data
            mark = b""
        return whole if self.le is None else whole + mark + encode_le(self.le, size)


def parse_command(raw: bytes) -> Command:
    """The card's side of `Command.encode`. Raises CardError CARD-07."""
    if len(raw) < HEADER:
        raise CardError("CARD-07", "command without a header")
    cla, ins, p1, p2 = raw[:HEADER]
    data, le = _parse_body(raw[HEADER:])
    return Command(cla, ins, p1, p2, data, le)


def encode_le(le: int, size: int) -> bytes:
    """Expected length in that many bytes; the most they can say is written as zero."""
    return (le % (1 << 8 * size)).to_bytes(size, "big")


def parse_le(field: bytes) -> int:
    """Expected length from one or two bytes. Raises CardError CARD-07."""
    if len(field) not in (1, 2):
        raise CardError("CARD-07", "expected length")
    return int.from_bytes(field, "big") or 1 << 8 * len(field)


def _parse_body(body: bytes) -> tuple[bytes, int | None]:
    if not body:
        return b"", None
    mark, size = (0, 1) if len(body) == 1 or body[0] else (1, 2)
    if len(body) == mark + size:
        return b"", parse_le(body[mark:])
    begin = mark + size
    length = int.from_bytes(body[mark:begin], "big")
    data, rest = body[begin : begin + length], body[begin + length :]
    if not data or len(data) < length or len(rest) not in (0, size):
        raise CardError("CARD-07", "lengths of a command")
    return data, parse_le(rest) if rest else None
