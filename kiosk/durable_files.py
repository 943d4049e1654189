"""Files that are whole or not there, even after a power cut: written beside, forced to the disk, then renamed."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PRIVATE = 0o600
PARTIAL = ".part"


def replace(path: Path, text: str, mode: int = PRIVATE) -> None:
    """Write ASCII text; whoever reads sees the file before or after, never half of it. Raises OSError."""
    with partial(path, mode, anew=True) as fresh:
        fresh.write_text(text, encoding="ascii")


def create(path: Path, text: str, mode: int = PRIVATE) -> None:
    """Write an ASCII file that is not there yet. Raises FileExistsError, OSError."""
    with partial(path, mode) as fresh:
        fresh.write_text(text, encoding="ascii")


@contextmanager
def partial(path: Path, mode: int = PRIVATE, *, anew: bool = False) -> Iterator[Path]:
    """An empty file beside `path` to be filled in the block; after it, it is `path`. A block that fails leaves nothing.

    Raises FileExistsError if somebody else writes it just now, or, without `anew`, if it is there already; OSError.
    """
    fresh = path.with_name(path.name + PARTIAL)
    if anew:
        fresh.unlink(missing_ok=True)
    elif path.exists():
        raise FileExistsError(str(path))
    os.close(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode))
    try:
        yield fresh
        force(fresh)
        fresh.rename(path)
    except BaseException:
        fresh.unlink(missing_ok=True)
        raise
    force(path.parent)


def force(path: Path) -> None:
    """Have the kernel write a file, or the names in a folder, to the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
