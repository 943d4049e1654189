"""The terminal's own reader before virtual cards: what each person's card gives, and what becomes of each fault."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from devices.cards.pki.csca import CscaStore
from devices.cards.pki.terminal_store import TerminalStore
from devices.cards.reader import CardReader
from devices.cards.virtual.faults import Fault
from devices.cards.virtual.slot import VirtualSlot
from devices.cards.ways.on_site import OnSite
from devices.cards.ways.travel_document import TravelDocument
from kiosk.errors import CardError
from kiosk.identity import Attribute, Authenticity, CardKey, CardKind, IdentityData, MrzKey, Secret, Way
from kiosk.ports import ReadRequest

TODAY = date(2026, 11, 25)
NOON = datetime(2026, 11, 25, 12, tzinfo=UTC)
KINDS = {
    "erika": CardKind.GERMAN,
    "chloe": CardKind.GERMAN,
    "wannes": CardKind.EU_CARD,
    "zofia": CardKind.PASSPORT,
}
READ_ALL_THE_SAME = {
    Fault.SLOW,
    Fault.SHORT_APDU,
    Fault.SEVERAL_PACE_INFOS,
    Fault.DEACTIVATED,
    Fault.PIN_SUSPENDED,
}
CODES = {
    Fault.REMOVED: "CARD-02",
    Fault.UNREADABLE: "CARD-04",
    Fault.MUTE: "CARD-06",
    Fault.WRONG_MAC: "CARD-08",
    Fault.CLONE: "CARD-09",
    Fault.FORGED_SOD: "CARD-10",
    Fault.EXPIRED_CERTIFICATE: "CARD-10",
    Fault.HASH_MISMATCH: "CARD-11",
    Fault.SWAPPED: "CARD-15",
}


class Desk:
    """A reader with both ways, and the slot it reads."""

    def __init__(self, slot: VirtualSlot, reader: CardReader) -> None:
        self.slot = slot
        self.reader = reader

    def read(self, person: str, fault: Fault | None = None) -> IdentityData:
        self.slot.insert(person, fault)
        way = Way.ON_SITE if self.reader.look() is CardKind.GERMAN else Way.TRAVEL_DOCUMENT
        request = ReadRequest(way, self._key(person), frozenset(Attribute))
        return self.reader.read(request, lambda phase: None)

    def _key(self, person: str) -> CardKey:
        holder = self.slot.people[person]
        if KINDS[person] is not CardKind.PASSPORT:
            return Secret(holder.can)
        born = holder.attributes[Attribute.DATE_OF_BIRTH]
        return MrzKey(holder.document_number, born, holder.expires_on)


@pytest.fixture
def pauses() -> list[float]:
    return []


@pytest.fixture
def desk(pki, tmp_path, pauses):
    pki.write_terminal(tmp_path / "eac")
    pki.write_csca(tmp_path / "csca")
    slot = VirtualSlot(wait=pauses.append, today=lambda: TODAY, pki=lambda: pki)
    trust = CscaStore(tmp_path / "csca")
    terminal = TerminalStore(tmp_path / "eac", lambda: TODAY)
    ways = {
        Way.ON_SITE: OnSite(terminal, trust, lambda: NOON),
        Way.TRAVEL_DOCUMENT: TravelDocument(trust, lambda: NOON),
    }
    reader = CardReader(slot, ways)
    yield Desk(slot, reader)
    reader.close()


@pytest.mark.parametrize(("person", "kind"), KINDS.items())
def test_each_kind_of_card_is_told_apart_and_read(desk, person, kind):
    identity = desk.read(person)
    holder = desk.slot.people[person]
    assert desk.reader.look() is kind
    assert identity.authenticity is Authenticity.VERIFIED
    assert identity.expires_on == holder.expires_on
    assert identity.attributes[Attribute.FAMILY_NAMES] == holder.attributes[Attribute.FAMILY_NAMES]


def test_every_attribute_of_an_identity_card_arrives(desk):
    holder = desk.slot.people["erika"]
    assert desk.read("erika").attributes == holder.attributes


@pytest.mark.parametrize("person", KINDS)
@pytest.mark.parametrize("fault", sorted(READ_ALL_THE_SAME))
def test_some_faults_do_not_keep_a_card_from_being_read(desk, person, fault):
    assert desk.read(person, fault).attributes


@pytest.mark.parametrize("person", KINDS)
@pytest.mark.parametrize(("fault", "code"), CODES.items())
def test_every_other_fault_has_its_code(desk, person, fault, code):
    if fault is Fault.EXPIRED_CERTIFICATE and KINDS[person] is CardKind.GERMAN:
        code = "CARD-13"
    with pytest.raises(CardError) as raised:
        desk.read(person, fault)
    assert raised.value.code == code


def test_no_fault_is_forgotten():
    assert READ_ALL_THE_SAME | CODES.keys() == set(Fault)


def test_a_card_taken_away_in_mid_read_lies_there_no_more(desk):
    with pytest.raises(CardError, match="CARD-02"):
        desk.read("erika", Fault.REMOVED)
    with pytest.raises(CardError, match="CARD-02"):
        desk.slot.connect()


def test_a_reading_takes_about_as_long_as_with_a_plastic_card(desk, pauses):
    desk.read("erika")
    assert 0.5 < sum(pauses) < 2.0
