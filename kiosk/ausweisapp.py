"""AusweisApp in a process of its own, lent to the window for one visit: the life of a connection is the life of it.

The window has no network and AusweisApp needs one, so it cannot be the window's child: it would share its filter.
systemd starts `kiosk ausweisapp` for each connection to a local socket (systemd/kiosk-ausweisapp.socket), with that
connection as its standard input. It starts AusweisApp, writes its port as one line, and ends it as soon as the other
side closes; then it goes itself. A window that dies closes too.

What travels where
  lend.sock           a port number, to the window. Nothing else, ever.
  WebSocket           loopback: certificate, questions and answers between window and AusweisApp, PIN, CAN and PUK
                      among them. No other machine is in between.
  pcscd's socket      AusweisApp to the card. PIN, CAN and PUK go into PACE and no further: the card proves that they
                      are right without their being sent (TR-03110-2 §3.2).
  AusweisApp's TLS    to the eID server: what the card says, from card to server, sealed between these two.
  sync.sock, HTTPS    delivery/eid_carrier.py: the public key of the visit, and the result sealed to it.
So no PIN leaves the machine, and none is in a file, an argument or an environment.

Whoever borrows waits for the other side to close: then AusweisApp is gone and the card reader is free.
"""

from __future__ import annotations

import logging
import socket
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Final

from devices.cards.ways.online.process import START_DEADLINE_S, STOP_DEADLINE_S
from kiosk.delivery.socket_desk import connected_to
from kiosk.errors import CardError

STANDARD_INPUT: Final = 0
MARGIN_S: Final = 5.0
LINE_LIMIT_BYTES: Final = 16
HIGHEST_PORT: Final = 65_535

log = logging.getLogger("kiosk.cards")

Start = Callable[[], AbstractContextManager[int]]


def lend(connection: socket.socket, start: Start) -> None:
    """AusweisApp as long as the other side holds the connection. Raises CardError CARD-24."""
    with connection, start() as port:
        try:
            connection.sendall(f"{port}\n".encode("ascii"))
            while connection.recv(LINE_LIMIT_BYTES):
                pass  # it has nothing to say
        except OSError as error:
            log.info("AusweisApp's borrower is gone: %s", type(error).__name__)


def lend_standard_input(start: Start) -> None:
    """`kiosk ausweisapp`, as systemd starts it. Raises CardError CARD-24, also where no socket stands there."""
    try:
        connection = socket.socket(fileno=STANDARD_INPUT)
    except OSError as error:
        raise CardError("CARD-24", "standard input is no connection: systemd starts this command") from error
    connection.setblocking(True)
    lend(connection, start)


@contextmanager
def borrowed(path: Path, deadline_s: float = START_DEADLINE_S + MARGIN_S) -> Iterator[int]:
    """The port of an AusweisApp that runs as long as this lasts, and does no more afterwards.

    Raises CardError CARD-24 if none is lent within `deadline_s`.
    """
    try:
        connection = connected_to(path, deadline_s)
    except OSError as error:
        raise CardError("CARD-24", f"nobody lends AusweisApp: {type(error).__name__}") from error
    with connection:
        try:
            yield _port(connection)
        finally:
            _give_back(connection)


def _port(connection: socket.socket) -> int:
    line = b""
    try:
        while not line.endswith(b"\n") and len(line) < LINE_LIMIT_BYTES:
            piece = connection.recv(LINE_LIMIT_BYTES)
            if not piece:
                raise CardError("CARD-24", "AusweisApp does not start, or is lent already")
            line += piece
    except OSError as error:
        raise CardError("CARD-24", f"AusweisApp tells no port: {type(error).__name__}") from error
    text = line.decode("ascii", "replace").strip()
    if not (text.isascii() and text.isdecimal() and int(text) <= HIGHEST_PORT):
        raise CardError("CARD-24", "AusweisApp tells no port")
    return int(text)


def _give_back(connection: socket.socket) -> None:
    """Close one half, and wait for the other to be closed: AusweisApp holds every card until it is gone."""
    try:
        connection.shutdown(socket.SHUT_WR)
        connection.settimeout(STOP_DEADLINE_S + MARGIN_S)
        while connection.recv(LINE_LIMIT_BYTES):
            pass
    except OSError as error:
        log.warning("AusweisApp was given back, but is not gone: %s", type(error).__name__)
