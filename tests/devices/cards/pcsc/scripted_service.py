"""A PC/SC service whose readers a test plugs in and out, which no driver without hardware can do. Only inside `alone`.

It speaks protocol 4:4 of pcsc-lite 1.9.9 as far as a client that waits needs it: a message is a header (length of the
body, command) and a body, which mostly comes back as it is with a result of 0. A client that begins to wait is sent
all readers, and one message more as soon as something changed.
"""

from __future__ import annotations

import contextlib
import itertools
import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from enum import IntEnum

from tests.devices.cards.running_service import open_door

ABSENT, PRESENT = 0x02, 0x04
CANCELLED = 0x80100002
READERS = 16
HEADER = struct.Struct("=II")
ESTABLISHED = struct.Struct("=III")
# Time-out and result.
WAITED = struct.Struct("=II")
# Name, events, state, programs, ATR and its length, protocol.
READER = struct.Struct("=128sIIi33s3xII")


class Command(IntEnum):
    ESTABLISH = 0x01
    CANCEL = 0x0D
    GET_READERS = 0x12
    WAIT = 0x13
    STOP_WAITING = 0x14


class ScriptedService:
    """Readers by name, and whether a card lies there."""

    def __init__(self) -> None:
        self._readers: dict[str, bool] = {}
        self._waiting: dict[int, socket.socket] = {}
        self._lock = threading.Lock()

    def plug_in(self, reader: str, card: bool) -> None:
        """A new reader, or a card in or out of one that is there."""
        with self._lock:
            self._readers[reader] = card
            self._tell()

    def plug_out(self, reader: str) -> None:
        with self._lock:
            del self._readers[reader]
            self._tell()

    def change(self, reader: str, other: str) -> None:
        """One reader for another that holds a card, before anybody could look."""
        with self._lock:
            del self._readers[reader]
            self._readers[other] = True
            self._tell()

    def serve(self, client: socket.socket, number: int) -> None:
        """One client, to its end."""
        with client, contextlib.suppress(OSError, struct.error):
            while True:
                length, command = HEADER.unpack(client.recv(HEADER.size, socket.MSG_WAITALL))
                body = client.recv(length, socket.MSG_WAITALL) if length else b""
                with self._lock:
                    client.sendall(self._answer(command, body, number))
                    if command == Command.WAIT:
                        self._waiting[number] = client

    def _answer(self, command: int, body: bytes, number: int) -> bytes:
        match command:
            case Command.ESTABLISH:
                return ESTABLISHED.pack(0, number, 0)
            case Command.GET_READERS | Command.WAIT:
                return b"".join(self._described())
            case Command.STOP_WAITING:
                self._waiting.pop(number, None)
                return WAITED.pack(0, 0)
            case Command.CANCEL:
                waiting = self._waiting.pop(int.from_bytes(body[:4], "little"), None)
                if waiting is not None:
                    waiting.sendall(WAITED.pack(0, CANCELLED))
        return body

    def _described(self) -> Iterator[bytes]:
        for name, card in self._readers.items():
            yield READER.pack(name.encode(), 0, PRESENT if card else ABSENT, 0, bytes([0x3B]), int(card), 0)
        yield bytes(READER.size * (READERS - len(self._readers)))

    def _tell(self) -> None:
        for client in self._waiting.values():
            client.sendall(WAITED.pack(0, 0))
        self._waiting.clear()


@contextmanager
def scripted_service() -> Iterator[ScriptedService]:
    """As long as this lasts."""
    service = ScriptedService()
    with open_door() as door:
        thread = threading.Thread(target=_let_in, args=(door, service))
        thread.start()
        try:
            yield service
        finally:
            door.shutdown(socket.SHUT_RDWR)
            thread.join()


def _let_in(door: socket.socket, service: ScriptedService) -> None:
    with contextlib.suppress(OSError):
        for number in itertools.count(1):
            threading.Thread(target=service.serve, args=(door.accept()[0], number), daemon=True).start()
