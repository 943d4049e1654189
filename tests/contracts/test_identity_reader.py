"""What every IdentityReader keeps. The simulated one takes part; a real one joins `READERS` when its driver exists."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from queue import SimpleQueue

import pytest

from devices.cards.simulated import DEADLINE_S, PHASE_S, SLOW_PHASE_S, Fault, SimulatedReader
from kiosk.errors import CardError
from kiosk.identity import Assurance, Attribute, Authenticity, ReadPhase, Secret, Way
from kiosk.ports import IdentityReader, ReadRequest

NOW = datetime(2026, 11, 22, 13, 0, tzinfo=UTC)
PATIENCE_S = 5.0
EVERYTHING = frozenset(Attribute)


@pytest.fixture
def waits() -> list[float]:
    return []


@pytest.fixture
def reader(waits: list[float]) -> Iterator[SimulatedReader]:
    reader = SimulatedReader(wait=waits.append, now=lambda: NOW)
    yield reader
    reader.close()


def request(can: str, attributes: frozenset[Attribute] = EVERYTHING, way: Way = Way.ON_SITE) -> ReadRequest:
    return ReadRequest(way, Secret(can), attributes)


def can_of(reader: SimulatedReader, person: str) -> str:
    return reader.people[person].can


def refused(reader: IdentityReader, wanted: ReadRequest, progress: Callable[[ReadPhase], None] = print) -> str:
    with pytest.raises(CardError) as caught:
        reader.read(wanted, progress)
    assert wanted.can.reveal() not in repr(caught.value)
    return caught.value.code


def test_a_card_gives_what_was_asked_for_and_nothing_else(reader):
    reader.insert("erika")
    wanted = frozenset({Attribute.FAMILY_NAMES, Attribute.DATE_OF_BIRTH})

    identity = reader.read(request(can_of(reader, "erika"), wanted), print)

    assert identity.attributes == {Attribute.FAMILY_NAMES: "Beispiel", Attribute.DATE_OF_BIRTH: "1984-01-26"}
    assert (identity.way, identity.assurance) == (Way.ON_SITE, Assurance.HIGH)
    assert identity.authenticity is Authenticity.VERIFIED
    assert identity.read_at == NOW
    assert "Beispiel" not in repr(identity)


def test_the_phases_come_in_order(reader, waits):
    reader.insert("erika")
    phases: list[ReadPhase] = []
    reader.read(request(can_of(reader, "erika")), phases.append)
    assert phases == list(ReadPhase)
    assert waits == [PHASE_S] * len(phases)


def test_a_wrong_can_may_be_corrected(reader):
    reader.insert("erika")
    assert refused(reader, request("000000")) == "CARD-03"
    assert reader.read(request(can_of(reader, "erika")), print).attributes


def test_an_expired_card_gives_nothing(reader):
    reader.insert("gustav")
    assert refused(reader, request(can_of(reader, "gustav"))) == "CARD-05"


def test_without_a_card_there_is_nothing_to_read(reader):
    assert refused(reader, request("123456")) == "CARD-02"


def test_a_card_taken_away_from_another_thread_ends_the_reading(reader):
    reader.insert("erika")

    def take(phase: ReadPhase) -> None:
        if phase is ReadPhase.CHECKING:
            hand = threading.Thread(target=reader.remove)
            hand.start()
            hand.join()

    assert refused(reader, request(can_of(reader, "erika")), take) == "CARD-02"
    reader.insert("erika")
    assert reader.read(request(can_of(reader, "erika")), print).attributes


@pytest.mark.parametrize(
    ("fault", "code"), [(Fault.REMOVED, "CARD-02"), (Fault.UNREADABLE, "CARD-04"), (Fault.MUTE, "CARD-06")]
)
def test_a_scripted_fault_is_over_with_the_next_card(reader, fault, code):
    reader.insert("erika", fault)
    assert refused(reader, request(can_of(reader, "erika"))) == code
    reader.insert("erika")
    assert reader.read(request(can_of(reader, "erika")), print).attributes


def test_a_slow_card_is_read_slowly(reader, waits):
    reader.insert("erika", Fault.SLOW)
    assert reader.read(request(can_of(reader, "erika")), print).attributes
    assert waits == [SLOW_PHASE_S] * len(ReadPhase)


def test_a_mute_reader_gives_up_at_its_deadline(reader, waits):
    reader.insert("erika", Fault.MUTE)
    assert refused(reader, request(can_of(reader, "erika"))) == "CARD-06"
    assert waits == [DEADLINE_S]


def test_a_way_it_does_not_know_is_refused(reader):
    reader.insert("erika")
    assert refused(reader, request(can_of(reader, "erika"), way=Way.TRAVEL_DOCUMENT)) == "CARD-04"


def test_a_watcher_hears_the_present_first_and_then_every_change(reader):
    heard: SimpleQueue[bool] = SimpleQueue()
    threads: set[int] = set()

    def changed(present: bool) -> None:
        threads.add(threading.get_ident())
        heard.put(present)

    reader.watch(changed)
    reader.insert("erika")
    reader.insert("meto")
    reader.remove()
    reader.remove()

    assert [heard.get(timeout=PATIENCE_S) for _ in range(5)] == [False, True, False, True, False]
    assert threads == {reader._watcher.ident}
    assert heard.empty()


def test_closing_ends_the_watcher(reader):
    reader.watch(print)
    watcher = reader._watcher
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
def test_what_is_not_ordinary_arrives_as_it_is_on_the_card(reader, person, attribute, value):
    reader.insert(person)
    assert reader.read(request(can_of(reader, person), frozenset({attribute})), print).attributes == {attribute: value}


def test_no_can_stays_in_the_reader(reader):
    reader.insert("erika")
    reader.read(request(can_of(reader, "erika")), print)
    assert can_of(reader, "erika") not in repr(vars(reader))
