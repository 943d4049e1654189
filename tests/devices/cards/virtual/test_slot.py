"""The slot of the demo: cards come and go from another thread, and whoever reads notices at once."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import date
from queue import SimpleQueue

import pytest

from devices.cards.virtual.faults import Fault
from devices.cards.virtual.slot import DEADLINE_S, VirtualSlot
from devices.cards.wire.apdu import Command
from devices.cards.wire.files import select_master_file
from kiosk.errors import CardError

TODAY = date(2026, 11, 25)
SELECT = Command(0x00, 0xA4, 0x00, 0x0C, b"\x3f\x00").encode()


class Pauses:
    """Waits for nothing and remembers how long it would have."""

    def __init__(self) -> None:
        self.seconds: list[float] = []

    def __call__(self, seconds: float) -> None:
        self.seconds.append(seconds)


@pytest.fixture
def pauses() -> Pauses:
    return Pauses()


@pytest.fixture
def slot(pauses) -> Iterator[VirtualSlot]:
    slot = VirtualSlot(wait=pauses, today=lambda: TODAY)
    yield slot
    slot.close()


@pytest.fixture
def told(slot) -> SimpleQueue[bool]:
    changes: SimpleQueue[bool] = SimpleQueue()
    slot.watch(changes.put)
    assert changes.get(timeout=5.0) is False
    return changes


def test_insertion_and_removal_are_told_in_order(slot, told):
    slot.insert("erika")
    slot.remove()
    slot.insert("meto")
    slot.insert("knut")
    assert [told.get(timeout=5.0) for _ in range(5)] == [True, False, True, False, True]


def test_what_happened_before_anybody_listened_is_told_once(slot):
    slot.insert("erika")
    slot.remove()
    slot.insert("meto")
    changes: SimpleQueue[bool] = SimpleQueue()
    slot.watch(changes.put)
    slot.remove()
    assert [changes.get(timeout=5.0) for _ in range(2)] == [True, False]
    slot.close()
    assert changes.empty()


def test_cards_put_in_from_several_threads_at_once_come_and_go_by_turns(slot, told):
    def put_in(person: str) -> None:
        for _ in range(50):
            slot.insert(person)

    hands = [threading.Thread(target=put_in, args=(person,)) for person in ("erika", "meto", "knut")]
    for hand in hands:
        hand.start()
    for hand in hands:
        hand.join()
    slot.close()
    heard = [told.get() for _ in range(told.qsize())]
    assert heard == [True, False] * 149 + [True]


def test_the_watcher_runs_in_a_thread_of_the_slot(slot):
    threads: SimpleQueue[threading.Thread] = SimpleQueue()
    slot.watch(lambda present: threads.put(threading.current_thread()))
    assert threads.get(timeout=5.0) is not threading.current_thread()


def test_a_watcher_that_comes_late_is_told_what_is_there(slot):
    slot.insert("erika")
    changes: SimpleQueue[bool] = SimpleQueue()
    slot.watch(changes.put)
    assert changes.get(timeout=5.0) is True


def test_taking_away_what_is_not_there_tells_nothing(slot, told):
    slot.remove()
    slot.insert("erika")
    assert told.get(timeout=5.0) is True


def test_an_unknown_person_has_no_card(slot):
    slot.insert("erika")
    with pytest.raises(KeyError):
        slot.insert("nobody")
    assert slot.connect().transmit(SELECT) == (b"", 0x9000)


def test_an_empty_slot_does_not_connect(slot):
    with pytest.raises(CardError, match="CARD-02"):
        slot.connect()


def test_a_card_answers(slot):
    slot.insert("erika")
    channel = slot.connect()
    select_master_file(channel)
    channel.close()


def test_a_card_taken_away_answers_no_more(slot):
    slot.insert("erika")
    channel = slot.connect()
    slot.remove()
    with pytest.raises(CardError, match="CARD-02"):
        channel.transmit(SELECT)


def test_a_card_put_down_again_is_not_the_one_that_was_connected(slot):
    slot.insert("erika")
    channel = slot.connect()
    slot.insert("erika")
    with pytest.raises(CardError, match="CARD-02"):
        channel.transmit(SELECT)
    assert slot.connect().transmit(SELECT) == (b"", 0x9000)


def test_a_closed_card_has_no_power(slot):
    slot.insert("erika")
    channel = slot.connect()
    channel.close()
    with pytest.raises(CardError, match="CARD-02"):
        channel.transmit(SELECT)


def test_a_card_takes_its_time(slot, pauses):
    slot.insert("erika")
    slot.connect().transmit(SELECT)
    quick = sum(pauses.seconds)
    slot.insert("erika", Fault.SLOW)
    slot.connect().transmit(SELECT)
    assert 0 < quick < sum(pauses.seconds) - quick


def test_a_mute_card_says_nothing_until_the_deadline(slot, pauses):
    slot.insert("erika", Fault.MUTE)
    with pytest.raises(CardError, match="CARD-06"):
        slot.connect().transmit(SELECT)
    assert pauses.seconds[-1] == DEADLINE_S


def test_a_mute_card_taken_away_was_taken_away():
    slot = VirtualSlot(wait=lambda seconds: slot.remove() if seconds == DEADLINE_S else None)
    slot.insert("erika", Fault.MUTE)
    with pytest.raises(CardError, match="CARD-02"):
        slot.connect().transmit(SELECT)
    slot.close()


def test_removal_ends_a_pause_at_once():
    slot = VirtualSlot(today=lambda: TODAY)
    slot.insert("erika", Fault.MUTE)
    channel = slot.connect()
    raised: SimpleQueue[CardError] = SimpleQueue()

    def read() -> None:
        try:
            channel.transmit(SELECT)
        except CardError as error:
            raised.put(error)

    reading = threading.Thread(target=read)
    reading.start()
    slot.remove()
    assert raised.get(timeout=DEADLINE_S / 2).code == "CARD-02"
    reading.join()
    slot.close()


def test_closing_ends_the_watcher():
    slot = VirtualSlot(today=lambda: TODAY)
    slot.watch(lambda present: None)
    slot.close()
    assert "virtual-slot" not in [thread.name for thread in threading.enumerate()]
