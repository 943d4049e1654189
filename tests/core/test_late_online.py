"""A way that is made when it is first chosen loses no call that comes meanwhile."""

from __future__ import annotations

import pytest

from kiosk.errors import CardError
from kiosk.late_online import LateOnline
from kiosk.online import OnlineAnswer


class Way:
    """Keeps what it is told."""

    def __init__(self) -> None:
        self.told: list[object] = []

    def identify(self, attributes, ask, progress):
        self.told.append(attributes)
        return "somebody"

    def answer(self, answer) -> None:
        self.told.append(answer)

    def abandon(self) -> None:
        self.told.append("abandon")


def test_it_is_made_once_and_told_everything():
    made: list[Way] = []

    def make() -> Way:
        made.append(Way())
        return made[-1]

    late = LateOnline(make)
    late.answer(OnlineAnswer())
    late.abandon()
    assert made == []
    assert [late.identify(frozenset(), None, None) for _ in range(2)] == ["somebody"] * 2
    late.answer(OnlineAnswer())
    late.abandon()
    [way] = made
    assert way.told == [frozenset(), frozenset(), OnlineAnswer(), "abandon"]


def test_a_citizen_who_turns_away_while_it_is_made_is_not_identified():
    way = Way()

    def make() -> Way:
        late.abandon()
        return way

    late = LateOnline(make)
    with pytest.raises(CardError, match="CARD-26"):
        late.identify(frozenset(), None, None)
    assert way.told == []
    assert late.identify(frozenset(), None, None) == "somebody"


def test_a_way_that_cannot_be_made_is_tried_again():
    ways: list[object] = [CardError("CARD-24"), Way()]

    def make() -> Way:
        way = ways.pop(0)
        if isinstance(way, CardError):
            raise way
        return way

    late = LateOnline(make)
    with pytest.raises(CardError, match="CARD-24"):
        late.identify(frozenset(), None, None)
    assert late.identify(frozenset(), None, None) == "somebody"
