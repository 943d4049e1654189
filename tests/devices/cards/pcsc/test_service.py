"""Which reader is meant, and that nobody pays for PC/SC who has no reader."""

from __future__ import annotations

import subprocess
import sys

import pytest

from devices.cards.pcsc.service import choose_reader

NAMES = ("Virtual PCD 00 00", "REINER SCT cyberJack RFID basis 01 00")


@pytest.mark.parametrize(
    ("wanted", "chosen"),
    [(None, NAMES[0]), ("REINER SCT", NAMES[1]), (NAMES[0], NAMES[0]), ("Cherry", None), ("cyberJack", None)],
)
def test_the_first_reader_whose_name_begins_so_is_chosen(wanted: str | None, chosen: str | None) -> None:
    assert choose_reader(NAMES, wanted) == chosen


def test_where_no_reader_is_none_is_chosen() -> None:
    assert choose_reader((), None) is None


def test_making_a_slot_does_not_load_the_library() -> None:
    code = "import sys; from devices.cards.pcsc.slot import PcscSlot; PcscSlot(); print('smartcard' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
