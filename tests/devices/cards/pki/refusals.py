"""How this package says no: with a code of the catalogue, whatever it was given."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from kiosk.errors import CardError, EacError, KioskError


def refusal(call: Callable[[], object]) -> KioskError:
    """The error a call ends with. Any other than the two families of this package fails the test."""
    with pytest.raises((CardError, EacError)) as caught:
        call()
    return caught.value


def code_of(call: Callable[[], object]) -> str:
    return refusal(call).code


def code_or_none(call: Callable[[], object]) -> str | None:
    """For input that may be right."""
    try:
        call()
    except (CardError, EacError) as error:
        return error.code
    return None
