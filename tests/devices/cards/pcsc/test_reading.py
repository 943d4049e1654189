"""A whole identity is read over a real pcscd, by the code that reads plastic, from the virtual card. Needs root."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from devices.cards.pcsc.slot import PcscSlot
from devices.cards.people import PEOPLE, load_people
from devices.cards.pki.csca import CscaStore
from devices.cards.pki.making import make_specimen_pki
from devices.cards.pki.terminal_store import TerminalStore
from devices.cards.reader import CardReader
from devices.cards.virtual.faults import Fault
from devices.cards.virtual.making import make_card
from devices.cards.virtual.vpcd import VpcdClient
from devices.cards.ways.on_site import OnSite
from devices.cards.ways.travel_document import TravelDocument
from kiosk.errors import CardError
from kiosk.identity import Attribute, Authenticity, CardKind, Secret, Way
from kiosk.ports import ReadRequest
from tests.devices.cards.namespaces import alone
from tests.devices.cards.pcsc.plastic import listening, until_the_service_knows
from tests.devices.cards.running_service import RunningService

NOW = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)
PERSONS = load_people(PEOPLE)


@pytest.fixture(scope="module")
def pki():
    return make_specimen_pki(NOW.date())


@pytest.fixture
def reader(pki, tmp_path) -> CardReader:
    pki.write_terminal(tmp_path / "eac")
    pki.write_csca(tmp_path / "csca")
    terminal, trust = TerminalStore(tmp_path / "eac", NOW.date), CscaStore(tmp_path / "csca")
    ways = {
        Way.ON_SITE: OnSite(terminal, trust, lambda: NOW),
        Way.TRAVEL_DOCUMENT: TravelDocument(trust, lambda: NOW),
    }
    return CardReader(PcscSlot(), ways)


@pytest.fixture
def card(pki) -> Callable[..., VpcdClient]:
    return lambda person, fault=None: VpcdClient(make_card(PERSONS[person], fault, today=NOW.date(), pki=pki))


def requested(way: Way, person: str) -> ReadRequest:
    return ReadRequest(way, Secret(PERSONS[person].can), frozenset(Attribute))


@alone
@pytest.mark.parametrize("fault", [None, Fault.SHORT_APDU])
def test_a_german_card_gives_what_is_on_it_on_site(reader, card, fault) -> None:
    with RunningService(), listening() as heard:
        assert heard.next() is False
        erika = card("erika", fault)
        erika.insert()
        assert heard.next() is True
        assert reader.look() is CardKind.GERMAN
        identity = reader.read(requested(Way.ON_SITE, "erika"), lambda phase: None)
        assert identity.attributes == PERSONS["erika"].attributes
        assert identity.authenticity is Authenticity.VERIFIED
        erika.remove()
        assert heard.next() is False


@alone
def test_a_travel_document_gives_what_is_on_it(reader, card) -> None:
    with RunningService(), listening() as heard:
        assert heard.next() is False
        wannes = card("wannes")
        wannes.insert()
        assert heard.next() is True
        assert reader.look() is CardKind.EU_CARD
        identity = reader.read(requested(Way.TRAVEL_DOCUMENT, "wannes"), lambda phase: None)
        assert identity.attributes.items() <= PERSONS["wannes"].attributes.items()
        assert Attribute.FAMILY_NAMES in identity.attributes
        assert identity.authenticity is Authenticity.VERIFIED
        wannes.remove()


@alone
def test_a_card_removed_in_the_middle_is_said_and_the_next_one_is_read(reader, card) -> None:
    with RunningService(), listening() as heard:
        assert heard.next() is False
        card("erika", Fault.REMOVED).insert()
        assert heard.next() is True
        with pytest.raises(CardError, match="CARD-02"):
            reader.read(requested(Way.ON_SITE, "erika"), lambda phase: None)
        assert heard.next() is False
        until_the_service_knows(events=2)
        knut = card("knut")
        knut.insert()
        assert heard.next() is True
        assert reader.read(requested(Way.ON_SITE, "knut"), lambda phase: None).attributes == PERSONS["knut"].attributes
        knut.remove()
