"""How commands come to a chip and answers leave it: lengths, command chaining and GET RESPONSE (ISO/IEC 7816-4 §5.3).

Nothing here knows what a command means, but for GENERAL AUTHENTICATE: its chaining bit joins the steps of a protocol,
each of which is answered.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from devices.cards.virtual.status_words import OUT_OF_ORDER
from devices.cards.wire.apdu import CHAINED, OK, SHORT_LE, WRONG_LENGTH, Command, parse_command
from kiosk.errors import CardError

GENERAL_AUTHENTICATE: Final = 0x86
GET_RESPONSE: Final = 0xC0
MORE: Final = 0x6100
LONGEST_CHAIN: Final = 65535
SHORTEST_EXTENDED: Final = 7


class ChipLine:
    """From power on to power off. `answer` is the chip; `extended` says whether extended length is understood."""

    def __init__(self, answer: Callable[[bytes], tuple[bytes, int]], *, extended: bool) -> None:
        self._answer = answer
        self._extended = extended
        self._chain: Command | None = None
        self._rest = b""
        self._status = OK

    def transmit(self, raw: bytes) -> tuple[bytes, int]:
        """One APDU; data and status word."""
        try:
            command = parse_command(raw)
        except CardError:
            return b"", WRONG_LENGTH
        long = len(raw) >= SHORTEST_EXTENDED and raw[4] == 0
        if long and not self._extended:
            return b"", WRONG_LENGTH
        if command.ins == GET_RESPONSE:
            return self._next_part(command.le or 0)
        self._rest = b""
        if command.ins == GENERAL_AUTHENTICATE or not (command.cla & CHAINED or self._chain):
            return self._first_part(raw, long)
        return self._chained(command, long)

    def _chained(self, command: Command, long: bool) -> tuple[bytes, int]:
        """Gather the parts; the last, which has no chaining bit, brings the answer to all."""
        last = replace(command, cla=command.cla & ~CHAINED)
        before, self._chain = self._chain, None
        if before is not None:
            if _head(before) != _head(last):
                return b"", OUT_OF_ORDER
            last = replace(last, data=before.data + last.data)
        if len(last.data) > LONGEST_CHAIN:
            return b"", WRONG_LENGTH
        if command.cla & CHAINED:
            self._chain = last
            return b"", OK
        return self._first_part(last.encode(), long)

    def _first_part(self, raw: bytes, long: bool) -> tuple[bytes, int]:
        data, status = self._answer(raw)
        if long or len(data) <= SHORT_LE:
            return data, status
        self._rest, self._status = data, status
        return self._next_part(SHORT_LE)

    def _next_part(self, length: int) -> tuple[bytes, int]:
        if not self._rest:
            return b"", OUT_OF_ORDER
        part, self._rest = self._rest[:length], self._rest[length:]
        return part, MORE | min(len(self._rest), 0xFF) if self._rest else self._status


def _head(command: Command) -> tuple[int, int, int, int]:
    return command.cla, command.ins, command.p1, command.p2
