"""Cards, readers and the service come and go; whoever listens hears of it over a real pcscd. Needs root (unshare)."""

from __future__ import annotations

import threading

import pytest

from devices.cards.pcsc.slot import PcscSlot
from devices.cards.pcsc.watcher import LONGEST_RETRY_S, RETRY_S, pause_s
from tests.devices.cards.namespaces import alone
from tests.devices.cards.pcsc.plastic import (
    FIRST,
    PATIENCE_S,
    SECOND,
    SECOND_PORT,
    Listener,
    Plastic,
    listening,
    lying,
)
from tests.devices.cards.pcsc.scripted_service import scripted_service
from tests.devices.cards.running_service import RunningService, refusing_service


@alone
def test_a_card_is_heard_coming_and_going() -> None:
    with RunningService(), listening() as heard:
        assert heard.next() is False
        for _ in range(2):
            with lying(Plastic()):
                assert heard.next() is True
            assert heard.next() is False
        assert heard.silent()


@alone
def test_a_card_that_lies_there_already_is_told_at_once() -> None:
    with RunningService(), listening() as first, lying(Plastic()):
        assert [first.next(), first.next()] == [False, True]
        with listening() as late:
            assert late.next() is True


@alone
def test_reading_a_card_is_no_coming_and_going() -> None:
    with RunningService(), listening() as heard:
        with lying(Plastic()):
            assert [heard.next(), heard.next()] == [False, True]
            for _ in range(2):
                PcscSlot().connect().close()
        assert heard.next() is False
        with lying(Plastic()):
            assert heard.next() is True
        assert heard.next() is False
        assert heard.silent()


@alone
def test_a_card_changed_for_another_while_nobody_listened_is_heard() -> None:
    told: list[bool] = []
    busy, done, enough = threading.Event(), threading.Event(), threading.Event()

    def changed(present: bool) -> None:
        told.append(present)
        if told == [False, True]:
            busy.set()
            done.wait(PATIENCE_S)
        if len(told) == 4:
            enough.set()

    slot = PcscSlot()
    with RunningService(), listening() as other:
        slot.watch(changed)
        with lying(Plastic()):
            assert busy.wait(PATIENCE_S)
            assert [other.next(), other.next()] == [False, True]
        assert other.next() is False
        with lying(Plastic()):
            assert other.next() is True
            done.set()
            assert enough.wait(PATIENCE_S)
        slot.close()
    assert told == [False, True, False, True]


@alone
def test_only_the_reader_that_was_named_is_listened_to() -> None:
    with RunningService(), listening(FIRST) as first, listening(SECOND) as second:
        assert (first.next(), second.next()) == (False, False)
        with lying(Plastic(), SECOND_PORT):
            assert second.next() is True
        assert second.next() is False
        assert first.silent()


@alone
def test_without_a_reader_there_is_no_card(tmp_path) -> None:
    with RunningService(tmp_path), listening() as heard:
        assert heard.next() is False


@alone
def test_a_reader_plugged_in_and_out_is_listened_to() -> None:
    with scripted_service() as service, listening() as heard:
        assert heard.next() is False
        service.plug_in(SECOND, card=True)
        assert heard.next() is True
        service.plug_out(SECOND)
        assert heard.next() is False
        service.plug_in(FIRST, card=False)
        service.plug_in(FIRST, card=True)
        assert heard.next() is True
        service.plug_in(FIRST, card=False)
        assert heard.next() is False
        assert heard.silent()


@alone
def test_a_reader_plugged_in_again_with_the_card_still_in_it_is_told_anew() -> None:
    with scripted_service() as service, listening() as heard:
        assert heard.next() is False
        for _ in range(2):
            service.plug_in(FIRST, card=True)
            assert heard.next() is True
            service.plug_out(FIRST)
            assert heard.next() is False


@alone
def test_a_card_in_another_reader_is_another_card() -> None:
    with scripted_service() as service, listening() as heard:
        assert heard.next() is False
        service.plug_in(FIRST, card=True)
        assert heard.next() is True
        service.change(FIRST, SECOND)
        assert [heard.next(), heard.next()] == [False, True]


@alone
def test_a_reader_that_was_not_named_may_come_and_go() -> None:
    with scripted_service() as service, listening(FIRST) as heard:
        assert heard.next() is False
        service.plug_in(SECOND, card=True)
        service.plug_out(SECOND)
        assert heard.silent()
        service.plug_in(FIRST, card=True)
        assert heard.next() is True


@alone
def test_a_service_killed_under_the_listener_is_found_again() -> None:
    with RunningService() as service, listening() as heard:
        assert heard.next() is False
        with lying(Plastic()):
            assert heard.next() is True
            service.kill()
            assert heard.next() is False
        service.start()
        with lying(Plastic()):
            assert heard.next() is True


@alone
def test_where_no_service_is_no_card_is_and_the_service_is_waited_for(caplog) -> None:
    with listening() as heard:
        assert heard.next() is False
        with RunningService(), lying(Plastic()):
            assert heard.next() is True
            said = [record.getMessage() for record in caplog.records]
    assert ["CARD-22" in line for line in said] == [True, False]


@alone
def test_a_service_that_refuses_is_no_card_and_is_said_once(caplog) -> None:
    with refusing_service(), listening() as heard:
        assert heard.next() is False
    assert ["CARD-23" in record.getMessage() for record in caplog.records] == [True]


@alone
def test_nothing_is_heard_after_the_end() -> None:
    with RunningService(), listening() as other:
        slot = PcscSlot()
        heard = Listener(slot)
        assert heard.next() is False
        slot.close()
        with lying(Plastic()):
            assert [other.next(), other.next()] == [False, True]
        assert heard.silent()


@alone
def test_the_end_needs_no_service() -> None:
    slot = PcscSlot()
    heard = Listener(slot)
    assert heard.next() is False
    slot.close()
    assert not [thread for thread in threading.enumerate() if thread.name == "pcsc-watcher"]


def test_a_service_that_refuses_is_asked_ever_more_rarely_and_one_that_is_down_is_not() -> None:
    first = pause_s(RETRY_S, "", "CARD-23")
    assert first == pause_s(9.0, "CARD-23", "CARD-22") == pause_s(9.0, "CARD-22", "CARD-22") == RETRY_S
    assert first < pause_s(first, "CARD-23", "CARD-23") < LONGEST_RETRY_S
    assert pause_s(LONGEST_RETRY_S, "CARD-23", "CARD-23") == LONGEST_RETRY_S


@pytest.fixture(autouse=True)
def warnings(caplog) -> None:
    caplog.set_level("WARNING", logger="kiosk.cards")
