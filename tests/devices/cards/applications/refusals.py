"""How a parser says no: with the one code for malformed data, whatever the bytes."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import pytest

from kiosk.errors import CardError

Input = TypeVar("Input")


def refused(parse: Callable[[Input], object], data: Input) -> str:
    """The detail of the refusal."""
    with pytest.raises(CardError) as caught:
        parse(data)
    assert caught.value.code == "CARD-07"
    return caught.value.detail


def read_or_refused(parse: Callable[[Input], object], data: Input) -> None:
    """Any other error than CARD-07 fails the test."""
    code = "CARD-07"
    try:
        parse(data)
    except CardError as error:
        code = error.code
    assert code == "CARD-07"
