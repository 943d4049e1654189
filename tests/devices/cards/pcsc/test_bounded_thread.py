"""Nobody waits longer than the deadline for a call that hangs."""

from __future__ import annotations

import threading

import pytest

from devices.cards.pcsc.bounded_thread import BoundedThread

PATIENCE_S = 10.0
SHORT_S = 0.05


@pytest.fixture
def thread():
    thread = BoundedThread("test")
    yield thread
    thread.end(lambda: None, PATIENCE_S)


def test_an_answer_and_an_error_come_back(thread) -> None:
    assert thread.call(lambda: 7, PATIENCE_S) == 7
    with pytest.raises(ZeroDivisionError):
        thread.call(lambda: 1 / 0, PATIENCE_S)
    assert thread.call(lambda: 8, PATIENCE_S) == 8


def test_calls_are_made_by_one_thread(thread) -> None:
    first = thread.call(threading.get_ident, PATIENCE_S)
    assert first == thread.call(threading.get_ident, PATIENCE_S) != threading.get_ident()


def test_a_call_that_hangs_is_left_alone_and_its_answer_is_nobodys(thread) -> None:
    over = threading.Event()
    with pytest.raises(TimeoutError):
        thread.call(lambda: over.wait(PATIENCE_S), SHORT_S)
    over.set()
    assert thread.call(lambda: "next", PATIENCE_S) == "next"


def test_the_last_call_is_made_after_one_that_hangs_and_nobody_waits_for_it() -> None:
    over, last = threading.Event(), threading.Event()
    thread = BoundedThread("test")
    with pytest.raises(TimeoutError):
        thread.call(lambda: over.wait(PATIENCE_S), SHORT_S)
    thread.end(last.set, 0.0)
    assert not last.is_set()
    over.set()
    assert last.wait(PATIENCE_S)


def test_the_last_call_is_waited_for() -> None:
    last = threading.Event()
    BoundedThread("test").end(last.set, PATIENCE_S)
    assert last.is_set()
