"""A virtual card in the reader of vpcd, which pcscd takes for a real one: a TCP client that answers what it is sent.

The protocol (vsmartcard, vpcd): a message is its length in two bytes, the highest first, and that many bytes. One byte
is a control: 0 power off, 1 power on, 2 reset, 4 tell the answer to reset. More bytes are an APDU, answered with data
and status word. To be connected is to lie in the reader.
"""

from __future__ import annotations

import contextlib
import socket
import threading
from typing import Final

from devices.cards.virtual.card import VirtualCard
from devices.cards.virtual.chip_time import thinking_time_s
from devices.cards.virtual.faults import Fault
from kiosk.errors import CardError

HOST: Final = "127.0.0.1"
PORT: Final = 35963
CONNECT_TIMEOUT_S: Final = 5.0
LENGTH_BYTES: Final = 2


class VpcdClient:
    """One card and one reader. `insert` and `remove` from one thread; the card is answered for by its own."""

    def __init__(self, card: VirtualCard, host: str = HOST, port: int = PORT) -> None:
        self._card = card
        self._address = (host, port)
        self._removed = threading.Event()
        self._connection: socket.socket | None = None
        self._thread: threading.Thread | None = None

    @property
    def inserted(self) -> bool:
        """Whether the card lies in the reader: neither side has ended the connection."""
        return self._thread is not None and self._thread.is_alive()

    def insert(self) -> None:
        """Put the card into the reader. Raises CardError CARD-01 where no vpcd listens."""
        self.remove()
        try:
            connection = socket.create_connection(self._address, CONNECT_TIMEOUT_S)
        except OSError as error:
            raise CardError("CARD-01", f"vpcd: {error.strerror or type(error).__name__}") from error
        connection.settimeout(None)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._removed.clear()
        self._connection = connection
        self._thread = threading.Thread(target=self._serve, args=(connection,), name="vpcd-card", daemon=True)
        self._thread.start()

    def remove(self) -> None:
        """Take the card out; nothing happens where it does not lie there."""
        if self._connection is None or self._thread is None:
            return
        self._removed.set()
        with contextlib.suppress(OSError):
            self._connection.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        self._connection = self._thread = None

    def wait(self) -> None:
        """Until the card is out of the reader, whoever ended it."""
        if self._thread is not None:
            self._thread.join()

    def _serve(self, connection: socket.socket) -> None:
        with connection, contextlib.suppress(OSError):
            while message := _receive(connection):
                answer = self._control(message[0]) if len(message) == 1 else self._transmit(message)
                if answer is None:
                    break
                if answer:
                    connection.sendall(len(answer).to_bytes(LENGTH_BYTES, "big") + answer)
        self._card.power_off()

    def _control(self, byte: int) -> bytes:
        """What to send back, if anything."""
        match byte:
            case 0:
                self._card.power_off()
            case 1:
                self._card.power_on()
            case 2:
                self._card.reset()
            case 4:
                return self._card.atr
        return b""

    def _transmit(self, command: bytes) -> bytes | None:
        """The answer; empty for a mute card, None for one that was taken away."""
        if self._card.fault is Fault.SLOW:
            self._removed.wait(thinking_time_s(command, Fault.SLOW))
        try:
            data, status = self._card.transmit(command)
        except CardError as error:
            return b"" if error.code == "CARD-06" else None
        return data + status.to_bytes(2, "big")


def _receive(connection: socket.socket) -> bytes:
    """One message, empty at the end. Raises OSError."""
    length = int.from_bytes(_exactly(connection, LENGTH_BYTES), "big")
    return _exactly(connection, length)


def _exactly(connection: socket.socket, length: int) -> bytes:
    parts = bytearray()
    while len(parts) < length:
        # Reset by the kernel after use; without it every answer waits 40 ms for an acknowledgement.
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)
        part = connection.recv(length - len(parts))
        if not part:
            return b""
        parts += part
    return bytes(parts)
