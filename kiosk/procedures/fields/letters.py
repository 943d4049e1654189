"""Which characters an answer may hold, and in which single form they are kept.

Rules
  1. Entry is Latin, as on an identity card: the Latin letters of DIN 91379 (Sorbian, Polish, Turkish,
     Vietnamese ... included), combining marks where Unicode has no single letter, ASCII digits, common signs.
  2. Kept is NFC with white space folded; nothing is replaced or cut in silence.
  3. Control characters, bidirectional overrides, zero-width characters, pictures and other scripts are refused.

The letter test is by Unicode block and therefore a little wider than DIN 91379's own list.
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache

from kiosk.procedures.model import Problem

RAW_LIMIT = 20_000
LAYOUT = "\t\n\r"
# DIN 91379, non-letters allowed in names of natural persons (N1).
NAME_SIGNS = frozenset(" ',-.`~¨´·ʹʺʼʾʿˈˌ’‡")
# Signs beyond ASCII that people write on purpose: German and French quotes, dashes, units.
TEXT_SIGNS = frozenset("„“”‚‘’«»–—…•·§°€£¥©®²³¼½¾µ×±¡¿¨´")
MOST_MARKS = 2


@lru_cache(maxsize=4096)
def is_latin_letter(sign: str) -> bool:
    """Whether `sign` is a Latin letter outside compatibility blocks (no full-width or mathematical letters)."""
    code = ord(sign)
    latin_block = code < 0x2B0 or 0x1E00 <= code <= 0x1EFF
    return latin_block and unicodedata.name(sign, "").startswith("LATIN ")


def fold_line(text: str) -> str | Problem:
    """`text` as one NFC line with single blanks, or why it is not plain Latin text."""
    return _refused(text) or _nfc(" ".join(_nfc(text).split()))


def fold_lines(text: str) -> str | Problem:
    """`text` as NFC lines without trailing blanks, at most one empty line in a row."""
    refused = _refused(text)
    if refused:
        return refused
    kept: list[str] = []
    for line in _nfc(text).splitlines():
        folded = " ".join(line.split())
        if folded or (kept and kept[-1]):
            kept.append(folded)
    return _nfc("\n".join(kept).strip())


def is_name(line: str) -> bool:
    """Whether a folded line holds only letters and the signs that occur in names, and a letter at all."""
    return any(map(is_latin_letter, line)) and all(
        sign in NAME_SIGNS or is_latin_letter(sign) or unicodedata.category(sign) == "Mn" for sign in line
    )


def within(text: str, minimum: int, maximum: int) -> str | Problem:
    """`text` if its length in characters fits."""
    if not text:
        return Problem("required")
    if len(text) < minimum:
        return Problem("too-short", {"limit": minimum})
    if len(text) > maximum:
        return Problem("too-long", {"limit": maximum})
    return text


def _nfc(text: str) -> str:
    return unicodedata.normalize("NFC", text)


def _refused(text: str) -> Problem | None:
    if len(text) > RAW_LIMIT:
        return Problem("too-long", {"limit": RAW_LIMIT})
    line = _nfc(text)
    signs = dict.fromkeys(line)
    if not any(map(_is_mark, signs)):
        return next((Problem(problem) for problem in map(_refused_sign, signs) if problem), None)
    return _refused_among_marks(line)


def _is_mark(sign: str) -> bool:
    """Whether it is a combining mark that Latin letters may carry."""
    return "\u0300" <= sign <= "\u036f"


def _refused_among_marks(line: str) -> Problem | None:
    marks, after_letter = 0, False
    for sign in line:
        if _is_mark(sign):
            marks += 1
            if marks > MOST_MARKS or not after_letter:
                return Problem("unusable-character")
            continue
        problem = _refused_sign(sign)
        if problem:
            return Problem(problem)
        marks, after_letter = 0, is_latin_letter(sign)
    return None


@lru_cache(maxsize=4096)
def _refused_sign(sign: str) -> str:
    """The problem code of one character, or ""."""
    if sign in LAYOUT or sign in TEXT_SIGNS or sign in NAME_SIGNS or " " <= sign <= "~" or is_latin_letter(sign):
        return ""
    match unicodedata.category(sign):
        case "Cc" | "Cf" | "Cs" | "Co" | "Cn":
            return "unusable-character"
        case "Zs" | "Zl" | "Zp":
            return ""
        case "So" | "Sk" | "Me":
            return "picture-character"
        case "Lu" | "Ll" | "Lt" | "Lm" | "Lo" | "Mn" | "Mc" | "Nd" | "Nl" | "No":
            return "picture-character" if sign == "\ufe0f" else "latin-only"
        case _:
            return "unusable-character"
