"""One-method connections: bytes to the card, bytes and a status word back. Layers have the same method and stack.

From the card upwards: a channel of a slot, `Logged`, `Chained`, and secure messaging (crypto/secure_messaging.py).

Rules
  1. No layer says what it carries: a log line has instruction, lengths, status word and time.
  2. A layer answers what ISO/IEC 7816-4 leaves to the transport (§5.3.3 command chaining, §5.3.4 GET RESPONSE) and
     repeats nothing but a command whose expected length the card put right.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Container
from dataclasses import replace
from typing import Final, Protocol

from devices.cards.wire.apdu import (
    CHAINED,
    MORE_DATA,
    OK,
    RIGHT_LENGTH,
    SECURED,
    SHORT_DATA,
    SHORT_LE,
    Command,
    parse_command,
)
from kiosk.errors import CardError

GET_RESPONSE: Final = 0xC0
LONGEST_ANSWER: Final = 1 << 20

log = logging.getLogger("kiosk.cards")


class Connection(Protocol):
    """A card, or a layer above it."""

    def transmit(self, command: bytes) -> tuple[bytes, int]:
        """One APDU: response data and status word. Raises CardError where none comes."""
        ...


class Logged:
    """Writes one line for each command, at debug level; nothing of what is said."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def transmit(self, command: bytes) -> tuple[bytes, int]:
        if not log.isEnabledFor(logging.DEBUG):
            return self._connection.transmit(command)
        started = time.monotonic()
        data, status = self._connection.transmit(command)
        took_ms = (time.monotonic() - started) * 1000
        log.debug("INS %02X, %d bytes, %04X, %d bytes, %.1f ms", command[1], len(command), status, len(data), took_ms)
        return data, status


class Chained:
    """Makes answers of any length and, where the way below has only short APDUs, commands of any length."""

    def __init__(self, connection: Connection, extended: bool) -> None:
        self._connection = connection
        self._extended = extended

    def transmit(self, command: bytes) -> tuple[bytes, int]:
        """Raises CardError CARD-04 for an answer without an end, and what the connection raises."""
        parsed = parse_command(command)
        if self._extended or not parsed.extended:
            return self._whole_answer(parsed)
        *parts, last = [parsed.data[at : at + SHORT_DATA] for at in range(0, len(parsed.data), SHORT_DATA)] or [b""]
        for part in parts:
            data, status = send(self._connection, replace(parsed, cla=parsed.cla | CHAINED, data=part, le=None))
            if status != OK:
                return data, status
        le = None if parsed.le is None else min(parsed.le, SHORT_LE)
        return self._whole_answer(replace(parsed, data=last, le=le))

    def _whole_answer(self, command: Command) -> tuple[bytes, int]:
        data, status = send(self._connection, command)
        if status >> 8 == RIGHT_LENGTH:
            data, status = send(self._connection, replace(command, le=_length(status)))
        if status >> 8 != MORE_DATA:
            return data, status
        whole = bytearray(data)
        while status >> 8 == MORE_DATA:
            # Never secured itself: the parts make one secured answer.
            rest = Command(command.cla & ~(CHAINED | SECURED), GET_RESPONSE, 0, 0, le=_length(status))
            more, status = send(self._connection, rest)
            whole += more
            if not more or len(whole) > LONGEST_ANSWER:
                raise CardError("CARD-04", "answer without an end")
        return bytes(whole), status


def _length(status: int) -> int:
    return status & 0xFF or SHORT_LE


def send(connection: Connection, command: Command) -> tuple[bytes, int]:
    """Response data and status word. Raises what the connection raises."""
    return connection.transmit(command.encode())


def expect(
    connection: Connection, command: Command, *, allowed: Container[int] = (OK,), code: str = "CARD-04"
) -> bytes:
    """Response data. Raises CardError `code` for any status word that is not `allowed`."""
    data, status = send(connection, command)
    if status not in allowed:
        raise CardError(code, f"INS {command.ins:02X}: {status:04X}")
    return data
