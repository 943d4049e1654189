"""National letters as the machine-readable zone writes them (ICAO 9303-3 §6 A).

Letters that are a Latin letter with a mark lose the mark (ě, ś, ź, č, ŕ, ó, and so all of Lower Sorbian but ł);
what is written otherwise stands in the table. A hyphen or blank becomes the filler, an apostrophe or full stop nothing.
"""

from __future__ import annotations

import unicodedata
from typing import Final

OTHERWISE: Final = {
    "Ä": "AE",
    "Ö": "OE",
    "Ü": "UE",
    "ẞ": "SS",
    "Å": "AA",
    "Æ": "AE",
    "Ø": "OE",
    "Œ": "OE",
    "Þ": "TH",
    "Đ": "D",
    "Ð": "D",
    "Ł": "L",
    "Ħ": "H",
    "Ŧ": "T",
    "Ŋ": "N",
    "Ĳ": "IJ",
}
FILLERS: Final = frozenset(" -‐‑–,/")
DROPPED: Final = frozenset("'’`ʼ.")


def transliterate(text: str) -> str:
    """Words of a name in A-Z with one filler between them. Raises ValueError for a letter of another script."""
    signs = (_sign(sign) for sign in unicodedata.normalize("NFC", text.replace("ß", "ẞ")).upper())
    return "<".join(word for word in "".join(signs).split("<") if word)


def _sign(sign: str) -> str:
    if sign in OTHERWISE:
        return OTHERWISE[sign]
    if sign in FILLERS:
        return "<"
    if sign in DROPPED:
        return ""
    plain = "".join(part for part in unicodedata.normalize("NFKD", sign) if not unicodedata.combining(part))
    if not (plain.isascii() and plain.isalpha()):
        raise ValueError("a letter of another script")
    return plain
