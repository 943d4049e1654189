"""A 2D scanner that types: key events become the text it read, also after it was unplugged."""

from __future__ import annotations

from pathlib import Path
from queue import SimpleQueue

import pytest
from evdev import InputEvent, ecodes

from devices.scanners.hid import HidScanner
from devices.scanners.keys import LAYOUT, LONGEST_CODE, KeyDecoder, key_presses
from devices.scanners.simulated import SimulatedScanner
from devices.scanners.simulated_keyboard import SimulatedKeyboard

LINK = "https://rathaus.example:8000/status?a=1&b=2#7K4M9-PWD3T-XHWQ"
PATIENCE_S = 5.0


def decoded(decoder: KeyDecoder, presses: list[tuple[int, int]]) -> list[str]:
    events = [InputEvent(0, 0, ecodes.EV_KEY, code, value) for code, value in presses]
    return [text for event in events if (text := decoder.feed(event.code, event.value)) is not None]


def test_the_link_of_a_receipt_comes_out_letter_by_letter():
    assert decoded(KeyDecoder(), key_presses(LINK)) == [LINK]


def test_a_us_layout_is_assumed():
    shifted = [(ecodes.KEY_LEFTSHIFT, 1), (ecodes.KEY_SEMICOLON, 1), (ecodes.KEY_LEFTSHIFT, 0)]
    plain = [(ecodes.KEY_SLASH, 1), (ecodes.KEY_MINUS, 1), (ecodes.KEY_Y, 1), (ecodes.KEY_ENTER, 1)]
    assert decoded(KeyDecoder(), shifted + plain) == [":/-y"]


def test_every_letter_a_code_may_hold_can_be_typed():
    ascii_letters = "".join(chr(number) for number in range(0x20, 0x7F))
    assert set("".join(LAYOUT.values())) == set(ascii_letters)
    assert decoded(KeyDecoder(), key_presses(ascii_letters)) == [ascii_letters]


def test_two_codes_are_two_texts():
    assert decoded(KeyDecoder(), key_presses("EINS") + key_presses("zwei")) == ["EINS", "zwei"]


def test_releases_and_repeats_type_nothing():
    presses = [(ecodes.KEY_A, 1), (ecodes.KEY_A, 2), (ecodes.KEY_A, 0), (ecodes.KEY_KPENTER, 1)]
    assert decoded(KeyDecoder(), presses) == ["a"]


def test_enter_alone_is_no_code():
    assert decoded(KeyDecoder(), [(ecodes.KEY_ENTER, 1)]) == []


def test_a_code_with_an_unknown_key_is_dropped_whole():
    decoder = KeyDecoder()
    assert decoded(decoder, [(ecodes.KEY_A, 1), (ecodes.KEY_F1, 1), *key_presses("b")]) == []
    assert decoded(decoder, key_presses("c")) == ["c"]


def test_a_code_longer_than_any_of_ours_is_dropped_whole():
    decoder = KeyDecoder()
    assert decoded(decoder, key_presses("x" * (LONGEST_CODE + 1))) == []
    assert decoded(decoder, key_presses("y")) == ["y"]


@pytest.fixture
def keyboard() -> SimulatedKeyboard:
    return SimulatedKeyboard()


@pytest.fixture
def heard() -> SimpleQueue[str]:
    return SimpleQueue()


@pytest.fixture
def scanner(keyboard: SimulatedKeyboard, heard: SimpleQueue[str]):
    scanner = HidScanner(Path("/dev/input/scanner"), open_keyboard=keyboard.open, retry_s=0.001)
    scanner.listen(heard.put)
    yield scanner
    scanner.close()


def test_the_device_is_grabbed_and_what_it_types_is_heard(scanner, keyboard, heard):
    keyboard.type(LINK)
    assert heard.get(timeout=PATIENCE_S) == LINK
    assert keyboard.grabbed == 1


def test_unplugged_and_plugged_in_it_goes_on_without_the_half_code(scanner, keyboard, heard):
    keyboard.type("before")
    assert heard.get(timeout=PATIENCE_S) == "before"
    keyboard.type("half", enter=False)
    keyboard.unplug()
    keyboard.released.wait(PATIENCE_S)
    keyboard.plug_in()
    keyboard.type("after")
    assert heard.get(timeout=PATIENCE_S) == "after"


def test_a_scanner_plugged_in_after_the_start_is_found(keyboard, heard):
    keyboard.unplug()
    scanner = HidScanner(Path("/dev/input/scanner"), open_keyboard=keyboard.open, retry_s=0.001)
    scanner.listen(heard.put)
    keyboard.plug_in()
    keyboard.type("late")
    assert heard.get(timeout=PATIENCE_S) == "late"
    scanner.close()
    assert keyboard.grabbed == 0


def test_a_missing_device_is_no_exception(tmp_path, heard):
    scanner = HidScanner(tmp_path / "nothing", retry_s=0.001)
    scanner.listen(heard.put)
    scanner.close()
    assert heard.empty()


def test_the_simulated_scanner_tells_its_listener():
    heard: list[str] = []
    scanner = SimulatedScanner()
    scanner.scan("nobody listens")
    scanner.listen(heard.append)
    scanner.scan(LINK)
    scanner.close()
    scanner.scan("nobody listens any more")
    assert heard == [LINK]
