"""Why a card did not give a file: it does not have it, or keeps it from this terminal.

A file that is not given is asked for once more with a single byte, so that the card's own answer can be told apart;
a reading that goes well pays nothing for it.
"""

from __future__ import annotations

from typing import Final

from devices.cards.wire.apdu import Command
from devices.cards.wire.connection import Connection, send
from devices.cards.wire.files import read_file
from kiosk.errors import CardError

KEPT: Final = frozenset({0x6982, 0x6985})
MISSING: Final = frozenset({0x6A82, 0x6A83})
# What an empty file says to one byte.
EMPTY: Final = frozenset({0x6282, 0x6B00})


def read_if_there(connection: Connection, sfi: int, chunk: int) -> bytes:
    """A file of the selected application; b"" where the card does not have it or it is empty, as on older cards."""
    try:
        return read_file(connection, sfi=sfi, chunk=chunk)
    except CardError as error:
        if error.code in ("CARD-04", "CARD-07") and _status(connection, sfi) in MISSING | EMPTY:
            return b""
        raise


def read_unlocked(connection: Connection, sfi: int, chunk: int) -> bytes:
    """A file that what is printed on the document must have unlocked.

    Raises CardError CARD-12 for one that wants a terminal certificate, CARD-16 for one that no document lacks.
    """
    try:
        return read_file(connection, sfi=sfi, chunk=chunk)
    except CardError as error:
        if error.code != "CARD-04":
            raise
        status = _status(connection, sfi)
        if status in KEPT:
            raise CardError("CARD-12", "the card keeps its travel document from this terminal") from error
        if status in MISSING:
            raise CardError("CARD-16", "a travel document without its files") from error
        raise


def _status(connection: Connection, sfi: int) -> int:
    return send(connection, Command(0x00, 0xB0, 0x80 | sfi, 0x00, le=1))[1]
