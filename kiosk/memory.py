"""Gives memory back to the system between visits.

glibc keeps what was freed for later: after a visit some 50 MB, pages in which a citizen's answers once lay among
them. Linux with glibc; elsewhere only the collection happens.
"""

from __future__ import annotations

import contextlib
import ctypes
import gc


def give_back() -> None:
    """Collect what is unreachable and return free pages. Takes some milliseconds: between visits only."""
    gc.collect()
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL("libc.so.6").malloc_trim(0)
