"""The card reader has one user at a time, whatever a citizen chooses while the last way is still ending."""

from __future__ import annotations

import threading
from contextlib import contextmanager

import pytest

from kiosk.errors import CardError
from kiosk.identity import CardKind
from kiosk.turns import ReaderInTurn, Turns

PATIENCE_S = 20.0


class Reader:
    """Says when it looks, and looks until it is let."""

    def __init__(self) -> None:
        self.looking, self.go_on = threading.Event(), threading.Event()

    def look(self) -> CardKind:
        self.looking.set()
        assert self.go_on.wait(PATIENCE_S)
        return CardKind.PASSPORT

    def read(self, request, progress):
        raise CardError("CARD-02")


@contextmanager
def started():
    yield 4711


def test_ausweisapp_waits_until_the_reader_is_free():
    turns, reader = Turns(), Reader()
    looking = threading.Thread(target=ReaderInTurn(reader, turns).look)
    looking.start()
    assert reader.looking.wait(PATIENCE_S)
    order: list[str] = []

    def identify() -> None:
        with turns.starting(started)():
            order.append("AusweisApp runs")

    identifying = threading.Thread(target=identify)
    identifying.start()
    order.append("the card is let go")
    reader.go_on.set()
    for thread in (looking, identifying):
        thread.join(PATIENCE_S)
    assert order == ["the card is let go", "AusweisApp runs"]


def test_a_reader_that_hangs_is_not_waited_for_for_ever():
    turns, reader = Turns(patience_s=0.0), Reader()
    looking = threading.Thread(target=ReaderInTurn(reader, turns).look)
    looking.start()
    assert reader.looking.wait(PATIENCE_S)
    with pytest.raises(CardError, match="CARD-21"), turns.starting(started)():
        pass
    reader.go_on.set()
    looking.join(PATIENCE_S)


def test_a_card_is_not_read_while_ausweisapp_runs():
    turns, reader = Turns(patience_s=0.0), Reader()
    with turns.starting(started)(), pytest.raises(CardError, match="CARD-21"):
        ReaderInTurn(reader, turns).look()
    assert not reader.looking.is_set()

    reader.go_on.set()
    assert ReaderInTurn(reader, turns).look() is CardKind.PASSPORT


def test_a_failure_ends_the_turn():
    turns = Turns(patience_s=0.0)
    for _ in range(2):
        with pytest.raises(CardError, match="CARD-02"):
            ReaderInTurn(Reader(), turns).read(None, None)
