"""What kind of card lies on the reader, told before anything is asked of anybody.

Rules
  1. Nothing personal is read: EF.CardAccess and EF.DIR are open to everybody.
  2. A card with an eID application is a German one, whatever else is on it: its travel document opens to
     authenticated terminals only, and its printed data unlock nothing.
  3. A travel document that lists its application and takes a CAN is an identity card; any other is unlocked with
     what stands in its machine-readable zone.

Sources: TR-03110-3 A.1.2 (EF.CardAccess), ISO/IEC 7816-4 §12.2.1 (EF.DIR), ICAO 9303-10 §3.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from devices.cards.applications import eid, lds
from devices.cards.protocols.pace_choice import choose_pace
from devices.cards.protocols.pace_status import set_at
from devices.cards.protocols.passwords import PasswordKind
from devices.cards.protocols.security_infos import SecurityInfos, parse_security_infos
from devices.cards.wire import tlv
from devices.cards.wire.apdu import Command
from devices.cards.wire.connection import Connection, send
from devices.cards.wire.files import read_file
from kiosk.errors import CardError
from kiosk.identity import CardKind

CARD_ACCESS_SFI: Final = 0x1C
# Nobody knows yet whether extended length works.
SHORT: Final = 256
APPLICATION_TEMPLATE: Final = 0x61
APPLICATION_IDENTIFIER: Final = 0x4F
OK: Final = 0x9000
END_OF_FILE: Final = 0x6282
WHOLE_FILE: Final = frozenset({OK, END_OF_FILE})
SELECT_MASTER_FILE: Final = Command(0x00, 0xA4, 0x00, 0x0C, b"\x3f\x00")
# One short answer is more than any EF.DIR takes.
READ_DIRECTORY: Final = Command(0x00, 0xB0, 0x80 | 0x1E, 0x00, le=SHORT)
SELECT_TRAVEL_DOCUMENT: Final = Command(0x00, 0xA4, 0x04, 0x0C, lds.APPLICATION_ID)
# A card that has it not, or shows it to nobody, says one of these; anything else means the card is out of order.
ABSENT: Final = frozenset({0x6981, 0x6982, 0x6985, 0x6986, 0x6999, 0x6A80, 0x6A81, 0x6A82, 0x6A86, 0x6D00, 0x6E00})


@dataclass(frozen=True, slots=True)
class SeenCard:
    """A card as anybody may see it. `access` is None where it has no EF.CardAccess: an old passport, or no ID at all.

    `applications` are the application identifiers its EF.DIR lists.
    """

    kind: CardKind
    access: SecurityInfos | None = None
    applications: tuple[bytes, ...] = ()


def classify(connection: Connection) -> SeenCard:
    """Look at a card that was just powered. Before it is unlocked, the master file must be selected again.

    Raises CardError CARD-04 for a card that answers to nothing, CARD-07, and what the connection raises.
    """
    if not select(connection, SELECT_MASTER_FILE):
        return SeenCard(_without_directory(connection))
    access = _card_access(connection)
    applications = _applications(connection)
    if eid.APPLICATION_ID in applications:
        return SeenCard(CardKind.GERMAN, access, applications)
    if lds.APPLICATION_ID not in applications:
        return SeenCard(_without_directory(connection), access, applications)
    takes_can = access is not None and _takes_can(connection, access)
    return SeenCard(CardKind.EU_CARD if takes_can else CardKind.PASSPORT, access, applications)


def select(connection: Connection, command: Command) -> bool:
    """Whether the card has it. Raises CardError CARD-04 for an answer that says neither yes nor no."""
    _, status = send(connection, command)
    if status != OK and status not in ABSENT:
        raise CardError("CARD-04", f"SELECT {status:04X}")
    return status == OK


def _without_directory(connection: Connection) -> CardKind:
    return CardKind.PASSPORT if select(connection, SELECT_TRAVEL_DOCUMENT) else CardKind.UNKNOWN


def _card_access(connection: Connection) -> SecurityInfos | None:
    """None where the file is not there; a card that has it and does not give it is found out when it is unlocked."""
    try:
        return parse_security_infos(read_file(connection, sfi=CARD_ACCESS_SFI, chunk=SHORT))
    except CardError as error:
        if error.code != "CARD-04":
            raise
        return None


def _applications(connection: Connection) -> tuple[bytes, ...]:
    """Application identifiers of EF.DIR, whose templates stand one behind the other. Raises CardError CARD-07."""
    data, status = send(connection, READ_DIRECTORY)
    found: list[bytes] = []
    while status in WHOLE_FILE and data.strip(b"\x00"):
        template, data = tlv.first(data)
        aid = tlv.find(template.value, APPLICATION_IDENTIFIER) if template.tag == APPLICATION_TEMPLATE else None
        if aid is not None:
            found.append(aid)
    return tuple(found)


def _takes_can(connection: Connection, access: SecurityInfos) -> bool:
    """Asked of the card without spending a try: a CAN has none to spend."""
    try:
        info = choose_pace(access)
    except CardError:
        return False
    _, status = send(connection, set_at(info, PasswordKind.CAN))
    return status == OK or status >> 8 == 0x63
