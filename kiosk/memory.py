"""Keeps the window's process small: how glibc keeps memory, and when it gives it back.

glibc keeps what was freed for later: after a visit some 50 MB, pages in which a citizen's answers once lay among
them. Linux with glibc; elsewhere only the collection happens.
"""

from __future__ import annotations

import contextlib
import ctypes
import gc

# mallopt(3), <malloc.h>.
M_MMAP_THRESHOLD = -3
M_ARENA_MAX = -8
# A line of text is a picture of some 100 kB. glibc would raise its threshold with the first of them that is freed, and
# from then on they would lie between the small things and keep their pages from going back.
PICTURE_BYTES = 64 * 1024


def keep_little() -> None:
    """Large blocks get pages of their own, threads share one heap. Once, before threads and windows are made."""
    with contextlib.suppress(OSError, AttributeError):
        libc = ctypes.CDLL("libc.so.6")
        libc.mallopt(M_MMAP_THRESHOLD, PICTURE_BYTES)
        libc.mallopt(M_ARENA_MAX, 1)


def give_back() -> None:
    """Collect what is unreachable and return free pages. Takes some milliseconds: between visits only."""
    gc.collect()
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL("libc.so.6").malloc_trim(0)
