"""Makes the virtual card of a test person: data and keys by the kind of document, passwords as they are printed.

Making one takes some tens of milliseconds.
"""

from __future__ import annotations

from datetime import date
from typing import Final

from devices.cards.people import Document, Person, printed_zone
from devices.cards.pki.making import SignerFlaw, SpecimenPki
from devices.cards.protocols.chip_passwords import PIN_TRIES, ChipPasswords
from devices.cards.protocols.passwords import PasswordKind
from devices.cards.virtual.card import VirtualCard
from devices.cards.virtual.chip_data import ChipData, ChipMemory
from devices.cards.virtual.eid_card import eid_card
from devices.cards.virtual.faults import Fault
from devices.cards.virtual.travel_card import travel_card
from kiosk.identity import Secret

# Past every terminal certificate that is valid now.
FAR_AHEAD_YEARS: Final = 20


def make_card(person: Person, fault: Fault | None, *, today: date, pki: SpecimenPki) -> VirtualCard:
    """A new card without power, signed by `pki`. `today` is the date its chip believes in."""
    memory = ChipMemory(_passwords(person, fault), _chip_date(fault, today), pki.anchors())
    return VirtualCard(_data(person, fault, pki), memory, fault)


def _data(person: Person, fault: Fault | None, pki: SpecimenPki) -> ChipData:
    match person.document:
        case Document.IDENTITY_CARD | Document.UNION_CARD:
            return eid_card(person, fault, pki)
        case Document.EU_ID_CARD | Document.PASSPORT:
            expired = fault is Fault.EXPIRED_CERTIFICATE
            return travel_card(person, fault, pki.flawed(SignerFlaw.EXPIRED) if expired else pki)


def _passwords(person: Person, fault: Fault | None) -> ChipPasswords:
    secrets = {PasswordKind.CAN: person.can, PasswordKind.PIN: person.pin, PasswordKind.PUK: person.puk}
    if person.document is not Document.UNION_CARD:
        secrets[PasswordKind.MRZ] = printed_zone(person).information
    return ChipPasswords(
        {kind: Secret(text) for kind, text in secrets.items() if text},
        pin_left=1 if fault is Fault.PIN_SUSPENDED else PIN_TRIES,
        activated=fault is not Fault.DEACTIVATED,
    )


def _chip_date(fault: Fault | None, today: date) -> date:
    return today.replace(year=today.year + FAR_AHEAD_YEARS, day=1) if fault is Fault.EXPIRED_CERTIFICATE else today
