"""Key presses of a 2D scanner -> the text it read.

A scanner in keyboard mode types what it reads and ends with Enter. Assumed: the scanner is set to the US layout
(its factory setting) and types no Caps Lock; the kernel's key codes are then read as a US keyboard, whatever layout
the terminal has. A scanner set to German would give "Ö" for ":"; the technician's page says how to set it back.
"""

from __future__ import annotations

from evdev import ecodes

LONGEST_CODE = 2048
EV_KEY: int = ecodes.EV_KEY
PRESSED = 1
RELEASED = 0
SHIFTS = frozenset({ecodes.KEY_LEFTSHIFT, ecodes.KEY_RIGHTSHIFT})
ENTERS = frozenset({ecodes.KEY_ENTER, ecodes.KEY_KPENTER})

# Key name -> letters without and with Shift, US layout.
SYMBOLS = {
    "1": "1!",
    "2": "2@",
    "3": "3#",
    "4": "4$",
    "5": "5%",
    "6": "6^",
    "7": "7&",
    "8": "8*",
    "9": "9(",
    "0": "0)",
    "MINUS": "-_",
    "EQUAL": "=+",
    "LEFTBRACE": "[{",
    "RIGHTBRACE": "]}",
    "SEMICOLON": ";:",
    "APOSTROPHE": "'\"",
    "GRAVE": "`~",
    "BACKSLASH": "\\|",
    "COMMA": ",<",
    "DOT": ".>",
    "SLASH": "/?",
    "SPACE": "  ",
}
LAYOUT: dict[int, str] = {ecodes.ecodes[f"KEY_{name}"]: pair for name, pair in SYMBOLS.items()} | {
    ecodes.ecodes[f"KEY_{letter.upper()}"]: letter + letter.upper() for letter in "abcdefghijklmnopqrstuvwxyz"
}


class KeyDecoder:
    """Collects one code. A code longer than any we print, or with a key no layout has, is dropped at its Enter."""

    def __init__(self) -> None:
        self._letters: list[str] = []
        self._shift = False
        self._broken = False

    def feed(self, key: int, value: int) -> str | None:
        """One EV_KEY event; the text when Enter ends it, else None."""
        if key in SHIFTS:
            self._shift = value != RELEASED
            return None
        if value != PRESSED:
            return None
        if key in ENTERS:
            return self._finish()
        if key in LAYOUT and len(self._letters) < LONGEST_CODE:
            self._letters.append(LAYOUT[key][self._shift])
        else:
            self._broken = True
        return None

    def _finish(self) -> str | None:
        text = None if self._broken else "".join(self._letters)
        self._letters.clear()
        self._broken = False
        return text or None


def key_presses(text: str) -> list[tuple[int, int]]:
    """The (key, value) events a US-layout scanner makes for `text`, Enter included. KeyError for other letters."""
    keys = {
        letter: (key, number == 1) for key, pair in LAYOUT.items() for number, letter in reversed(list(enumerate(pair)))
    }
    events: list[tuple[int, int]] = []
    for letter in text:
        key, shifted = keys[letter]
        stroke = [(key, PRESSED), (key, RELEASED)]
        if shifted:
            stroke = [(ecodes.KEY_LEFTSHIFT, PRESSED), *stroke, (ecodes.KEY_LEFTSHIFT, RELEASED)]
        events += stroke
    return [*events, (ecodes.KEY_ENTER, PRESSED), (ecodes.KEY_ENTER, RELEASED)]
