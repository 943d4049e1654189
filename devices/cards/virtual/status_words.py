"""Status words a virtual chip refuses with, beside those every layer knows (ISO/IEC 7816-4 §5.6)."""

from __future__ import annotations

from typing import Final

FAILED: Final = 0x6300
NOT_ALLOWED: Final = 0x6982
OUT_OF_ORDER: Final = 0x6985
NOTHING_SELECTED: Final = 0x6986
BROKEN_MESSAGING: Final = 0x6988
MALFORMED: Final = 0x6A80
NOT_FOUND: Final = 0x6A82
WRONG_PARAMETERS: Final = 0x6A86
UNKNOWN_KEY: Final = 0x6A88
UNKNOWN_INSTRUCTION: Final = 0x6D00
NO_DIAGNOSIS: Final = 0x6F00
