"""What every card reader keeps, shown with the one that speaks to virtual cards."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from queue import SimpleQueue

import pytest

from devices.cards.pki.csca import CscaStore
from devices.cards.pki.making import SpecimenPki, make_specimen_pki
from devices.cards.pki.terminal_store import TerminalStore
from devices.cards.reader import CardReader
from devices.cards.virtual.faults import Fault
from devices.cards.virtual.slot import DEADLINE_S, VirtualSlot
from devices.cards.ways.on_site import OnSite
from kiosk.errors import CardError
from kiosk.identity import Assurance, Attribute, Authenticity, CardKind, ReadPhase, Secret, Way
from kiosk.ports import IdentityReader, ReadRequest

NOW = datetime(2026, 11, 25, 13, 0, tzinfo=UTC)
PATIENCE_S = 5.0
EVERYTHING = frozenset(Attribute)


@pytest.fixture
def waits() -> list[float]:
    return []


@pytest.fixture(scope="module")
def pki() -> SpecimenPki:
    return make_specimen_pki(NOW.date())


@pytest.fixture
def slot(pki: SpecimenPki, waits: list[float]) -> VirtualSlot:
    return VirtualSlot(wait=waits.append, today=NOW.date, pki=lambda: pki)


@pytest.fixture
def reader(slot: VirtualSlot, pki: SpecimenPki, tmp_path: Path) -> Iterator[CardReader]:
    pki.write_terminal(tmp_path / "eac")
    pki.write_csca(tmp_path / "csca")
    way = OnSite(TerminalStore(tmp_path / "eac", NOW.date), CscaStore(tmp_path / "csca"), lambda: NOW)
    reader = CardReader(slot, {Way.ON_SITE: way})
    yield reader
    reader.close()


def request(can: str, attributes: frozenset[Attribute] = EVERYTHING, way: Way = Way.ON_SITE) -> ReadRequest:
    return ReadRequest(way, Secret(can), attributes)


def can_of(slot: VirtualSlot, person: str) -> str:
    return slot.people[person].can


def refused(reader: IdentityReader, wanted: ReadRequest, progress: Callable[[ReadPhase], None] = print) -> str:
    with pytest.raises(CardError) as caught:
        reader.read(wanted, progress)
    assert isinstance(wanted.key, Secret)
    assert wanted.key.reveal() not in repr(caught.value)
    return caught.value.code


def test_a_card_is_told_apart_before_anything_is_asked(reader, slot):
    slot.insert("erika")
    assert reader.look() is CardKind.GERMAN
    slot.insert("zofia")
    assert reader.look() is CardKind.PASSPORT


def test_a_card_gives_what_was_asked_for_and_nothing_else(reader, slot):
    slot.insert("erika")
    wanted = frozenset({Attribute.FAMILY_NAMES, Attribute.DATE_OF_BIRTH})

    identity = reader.read(request(can_of(slot, "erika"), wanted), print)

    assert identity.attributes == {Attribute.FAMILY_NAMES: "Beispiel", Attribute.DATE_OF_BIRTH: "1984-01-26"}
    assert (identity.way, identity.assurance) == (Way.ON_SITE, Assurance.HIGH)
    assert identity.authenticity is Authenticity.VERIFIED
    assert identity.read_at == NOW
    assert "Beispiel" not in repr(identity)


def test_the_phases_come_in_order(reader, slot):
    slot.insert("erika")
    phases: list[ReadPhase] = []
    reader.read(request(can_of(slot, "erika")), phases.append)
    assert phases == list(ReadPhase)


def test_a_wrong_can_may_be_corrected(reader, slot):
    slot.insert("erika")
    assert refused(reader, request("000000")) == "CARD-03"
    assert reader.read(request(can_of(slot, "erika")), print).attributes


def test_an_expired_card_gives_nothing(reader, slot):
    slot.insert("gustav")
    assert refused(reader, request(can_of(slot, "gustav"))) == "CARD-05"


def test_without_a_card_there_is_nothing_to_read(reader):
    assert refused(reader, request("123456")) == "CARD-02"
    with pytest.raises(CardError, match="CARD-02"):
        reader.look()


def test_a_card_taken_away_from_another_thread_ends_the_reading(reader, slot):
    slot.insert("erika")

    def take(phase: ReadPhase) -> None:
        if phase is ReadPhase.CHECKING:
            hand = threading.Thread(target=slot.remove)
            hand.start()
            hand.join()

    assert refused(reader, request(can_of(slot, "erika")), take) == "CARD-02"
    slot.insert("erika")
    assert reader.read(request(can_of(slot, "erika")), print).attributes


@pytest.mark.parametrize(
    ("fault", "code"), [(Fault.REMOVED, "CARD-02"), (Fault.UNREADABLE, "CARD-04"), (Fault.MUTE, "CARD-06")]
)
def test_a_fault_is_over_with_the_next_card(reader, slot, fault, code):
    slot.insert("erika", fault)
    assert refused(reader, request(can_of(slot, "erika"))) == code
    slot.insert("erika")
    assert reader.read(request(can_of(slot, "erika")), print).attributes


def test_a_slow_card_is_read_slowly(reader, slot, waits):
    slot.insert("erika")
    reader.read(request(can_of(slot, "erika")), print)
    usual = sum(waits)
    waits.clear()
    slot.insert("erika", Fault.SLOW)
    assert reader.read(request(can_of(slot, "erika")), print).attributes
    assert sum(waits) > 5 * usual


def test_a_mute_card_is_given_up_at_the_deadline(reader, slot, waits):
    slot.insert("erika", Fault.MUTE)
    assert refused(reader, request(can_of(slot, "erika"))) == "CARD-06"
    assert waits.count(DEADLINE_S) == 1


def test_a_way_it_does_not_know_is_refused(reader, slot):
    slot.insert("erika")
    assert refused(reader, request(can_of(slot, "erika"), way=Way.TRAVEL_DOCUMENT)) == "CARD-16"


def test_a_watcher_hears_the_present_first_and_then_every_change(reader, slot):
    heard: SimpleQueue[bool] = SimpleQueue()
    threads: set[int] = set()

    def changed(present: bool) -> None:
        threads.add(threading.get_ident())
        heard.put(present)

    reader.watch(changed)
    slot.insert("erika")
    slot.insert("meto")
    slot.remove()
    slot.remove()

    assert [heard.get(timeout=PATIENCE_S) for _ in range(5)] == [False, True, False, True, False]
    assert len(threads) == 1
    assert threading.get_ident() not in threads
    assert heard.empty()


def test_closing_ends_the_watcher(reader):
    watchers: SimpleQueue[threading.Thread] = SimpleQueue()
    reader.watch(lambda present: watchers.put(threading.current_thread()))
    watcher = watchers.get(timeout=PATIENCE_S)
    reader.close()
    assert not watcher.is_alive()


@pytest.mark.parametrize(
    ("person", "attribute", "value"),
    [
        ("meto", Attribute.FAMILY_NAMES, "Pśikładojc-Źěłański"),
        ("idris", Attribute.DATE_OF_BIRTH, "1950"),
        ("knut", Attribute.STREET, ""),
        ("renate", Attribute.DOCTORAL_DEGREE, "DR."),
        ("renate", Attribute.STREET, "HEIDESTRAẞE 17"),
    ],
)
def test_what_is_not_ordinary_arrives_as_it_is_on_the_card(reader, slot, person, attribute, value):
    slot.insert(person)
    assert reader.read(request(can_of(slot, person), frozenset({attribute})), print).attributes == {attribute: value}


def test_no_can_stays_in_the_reader(reader, slot):
    slot.insert("erika")
    can = can_of(slot, "erika")
    reader.read(request(can), print)
    kept = [value for value in vars(reader).values() if value is not slot]
    assert can not in repr(kept)
