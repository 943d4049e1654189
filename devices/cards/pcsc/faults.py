"""What the error numbers of PC/SC mean for whoever waits for a card.

The numbers are those of pcsclite.h. Where one number has two causes, the more frequent one at a terminal counts.
"""

from __future__ import annotations

from typing import Final

from kiosk.errors import CardError

SUCCESS: Final = 0
CANCELLED: Final = 0x80100002
INVALID_HANDLE: Final = 0x80100003
UNKNOWN_READER: Final = 0x80100009
TIMEOUT: Final = 0x8010000A
SHARING_VIOLATION: Final = 0x8010000B
NO_SMARTCARD: Final = 0x8010000C
PROTO_MISMATCH: Final = 0x8010000F
SYSTEM_CANCELLED: Final = 0x80100012
COMM_ERROR: Final = 0x80100013
NOT_TRANSACTED: Final = 0x80100016
READER_UNAVAILABLE: Final = 0x80100017
NO_SERVICE: Final = 0x8010001D
SERVICE_STOPPED: Final = 0x8010001E
NO_READERS_AVAILABLE: Final = 0x8010002E
UNSUPPORTED_CARD: Final = 0x80100065
UNRESPONSIVE_CARD: Final = 0x80100066
UNPOWERED_CARD: Final = 0x80100067
RESET_CARD: Final = 0x80100068
REMOVED_CARD: Final = 0x80100069
SECURITY_VIOLATION: Final = 0x8010006A

CODES: Final = {
    UNKNOWN_READER: "CARD-01",
    READER_UNAVAILABLE: "CARD-01",
    NO_READERS_AVAILABLE: "CARD-01",
    NO_SMARTCARD: "CARD-02",
    NOT_TRANSACTED: "CARD-02",
    REMOVED_CARD: "CARD-02",
    PROTO_MISMATCH: "CARD-04",
    UNSUPPORTED_CARD: "CARD-04",
    UNRESPONSIVE_CARD: "CARD-04",
    UNPOWERED_CARD: "CARD-04",
    TIMEOUT: "CARD-06",
    SHARING_VIOLATION: "CARD-21",
    # In a transaction only another program can have done that.
    RESET_CARD: "CARD-21",
    # The service that knew the handle or held the connection is gone, whatever runs in its place now.
    INVALID_HANDLE: "CARD-22",
    COMM_ERROR: "CARD-22",
    SYSTEM_CANCELLED: "CARD-22",
    NO_SERVICE: "CARD-22",
    SERVICE_STOPPED: "CARD-22",
    SECURITY_VIOLATION: "CARD-23",
}


def check(number: int, call: str) -> None:
    """Raises CardError for any number but success; CARD-01 for one that is not listed. `call` goes into the detail."""
    number &= 0xFFFFFFFF
    if number != SUCCESS:
        raise CardError(CODES.get(number, "CARD-01"), f"{call}: {number:08X}")
