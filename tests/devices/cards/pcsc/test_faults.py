"""Every error number of PC/SC is one of the catalogue's codes."""

from __future__ import annotations

import pytest

from devices.cards.pcsc.faults import CODES, check
from kiosk.errors import CATALOGUE, CardError


@pytest.mark.parametrize(
    ("number", "code"),
    [
        (0x80100009, "CARD-01"),
        (0x8010002E, "CARD-01"),
        (0x8010000C, "CARD-02"),
        (0x80100016, "CARD-02"),
        (0x80100069, "CARD-02"),
        (0x80100066, "CARD-04"),
        (0x8010000A, "CARD-06"),
        (0x8010000B, "CARD-21"),
        (0x80100068, "CARD-21"),
        (0x8010001D, "CARD-22"),
        (0x80100013, "CARD-22"),
        (0x8010006A, "CARD-23"),
        (0x80100001, "CARD-01"),
    ],
)
def test_a_number_has_a_code_and_is_told_to_the_technician(number: int, code: str) -> None:
    with pytest.raises(CardError) as raised:
        check(number, "SCardConnect")
    assert raised.value.code == code
    assert raised.value.detail == f"SCardConnect: {number:08X}"


def test_success_is_no_fault() -> None:
    check(0, "SCardConnect")


def test_a_number_that_came_with_its_sign_is_the_same() -> None:
    with pytest.raises(CardError, match="CARD-22: SCardConnect: 8010001D"):
        check(0x8010001D - (1 << 32), "SCardConnect")


def test_every_code_is_in_the_catalogue() -> None:
    assert set(CODES.values()) <= set(CATALOGUE)


def test_the_numbers_are_those_of_the_library() -> None:
    from smartcard import scard

    from devices.cards.pcsc import faults

    named = {name: number for name, number in vars(faults).items() if name.isupper() and isinstance(number, int)}
    named.pop("SUCCESS")
    for name, number in named.items():
        theirs = getattr(scard, f"SCARD_E_{name}", None) or getattr(scard, f"SCARD_W_{name}", None)
        theirs = theirs or getattr(scard, f"SCARD_F_{name}")
        assert theirs & 0xFFFFFFFF == number, name
