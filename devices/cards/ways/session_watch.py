"""Notices that the card in the slot knows nothing of the session: it was changed for another, or lost its power.

A card answers every secured command secured, also when it refuses. A plain refusal comes from a card that shares no
keys with this terminal. What else is wrong with an answer, secure messaging itself finds out.
"""

from __future__ import annotations

from typing import Final

from devices.cards.wire.connection import Connection

SECURED: Final = 0x0C
# Refusals; 61xx and 6Cxx are about lengths and are answered below secure messaging.
REFUSED: Final = range(0x6200, 0x7000)
ABOUT_LENGTHS: Final = frozenset({0x61, 0x6C, 0x67})


class SessionWatch:
    """A layer between the card and secure messaging. `forgotten` stays True once it happened."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self.forgotten = False

    def transmit(self, command: bytes) -> tuple[bytes, int]:
        data, status = self._connection.transmit(command)
        if command[0] & SECURED == SECURED and not data and _refused(status):
            self.forgotten = True
        return data, status


def _refused(status: int) -> bool:
    return status in REFUSED and status >> 8 not in ABOUT_LENGTHS
