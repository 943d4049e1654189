"""A store's folder as it looks now, so that a store notices what was put into it while the terminal runs.

Files are replaced as a whole: who reads meets the old one or the new one. Those whose name begins with a dot are being
written, and not there yet.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from kiosk.errors import EacError

MOST_FILES: Final = 2048


@dataclass(frozen=True, slots=True)
class FolderFile:
    """A file and what changes with its content."""

    path: Path
    changed_ns: int
    size: int


def read_folder(folder: Path | None) -> tuple[FolderFile, ...]:
    """All files, by name; none for a folder that is not there. Raises EacError EAC-01."""
    if folder is None:
        return ()
    try:
        if not folder.is_dir():
            return ()
        with os.scandir(folder) as entries:
            there = [entry for entry in entries if not entry.name.startswith(".")]
            found = [(Path(entry.path), entry.stat()) for entry in there if entry.is_file()]
    except OSError as error:
        raise EacError("EAC-01", f"{folder.name}: {error.strerror}") from None
    if len(found) > MOST_FILES:
        raise EacError("EAC-01", f"{folder.name}: more than {MOST_FILES} files")
    return tuple(FolderFile(path, status.st_mtime_ns, status.st_size) for path, status in sorted(found))


def read_file(path: Path, longest: int) -> bytes:
    """Raises EacError EAC-01 for a file that cannot be read or is longer."""
    try:
        with path.open("rb") as file:
            data = file.read(longest + 1)
    except OSError as error:
        raise EacError("EAC-01", f"{path.name}: {error.strerror}") from None
    if len(data) > longest:
        raise EacError("EAC-01", f"{path.name}: longer than {longest} bytes")
    return data


def write_file(path: Path, data: bytes, *, private: bool = False) -> None:
    """Make or replace a file, its folder too; a private one only its owner can read. Raises EacError EAC-01."""
    fresh = path.with_name(f".{path.name}.new")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh.unlink(missing_ok=True)
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600 if private else 0o644)
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(path)
    except OSError as error:
        raise EacError("EAC-01", f"{path.name} cannot be written: {error.strerror}") from None
