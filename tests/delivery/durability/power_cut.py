"""A disk that keeps only what was synced: SQLite writes to it, and at any moment one may ask what a power cut leaves.

What is modelled
  - A file's content after a cut is its content at its last xSync. With a seeded `chance`, some of what was written
    since is there too, in any order, torn at sectors of 512 bytes: a disk may write early.
  - A new file's name is durable at the file's first xSync, as SQLite's own unix VFS syncs the folder then; the
    outbox's main file is created and its folder synced by kiosk.delivery.outbox_file, so it is there from the start.
  - A deletion without a sync of the folder is undone by the cut.
What is not: a disk that lies about xSync, sectors that rot, renames, and the shared-memory file (which no cut keeps).
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import apsw

SECTOR = 512
BASE = "unix"


@dataclass
class Kept:
    """One file: what is safe, and what was done to it since, in order (offset and bytes, or a new length)."""

    synced: bytearray = field(default_factory=bytearray)
    named: bool = False
    since: list[tuple[int, bytes] | int] = field(default_factory=list)

    def after_cut(self, chance: random.Random | None) -> bytes:
        content = bytearray(self.synced)
        for change in self.since:
            if chance is not None:
                _apply(content, change, chance)
        return bytes(content)


def _apply(content: bytearray, change: tuple[int, bytes] | int, chance: random.Random | None) -> None:
    """One change, or with a chance a part of it."""
    if isinstance(change, int):
        if chance is None or chance.random() < 0.5:
            del content[change:]
        return
    offset, data = change
    for start in range(0, len(data), SECTOR):
        if chance is None or chance.random() < 0.5:
            piece = data[start : start + SECTOR]
            content.extend(b"\0" * (offset + start - len(content)))
            content[offset + start : offset + start + len(piece)] = piece


class PoweredDisk(apsw.VFS):
    """The disk. `before` is called ahead of every write, sync and truncation with its name: it may raise to fail it."""

    def __init__(self, name: str, *, default: bool = False) -> None:
        super().__init__(name, BASE, makedefault=default)
        self.name = name
        self.files: dict[str, Kept] = {}
        self.before: Callable[[str], None] = lambda _: None

    def xOpen(self, name, flags):  # noqa: N802  # SQLite's names
        return PoweredFile(self, name, flags)

    def xDelete(self, name, sync_folder):  # noqa: N802
        super().xDelete(name, sync_folder)
        if name in self.files:
            self.files[name].since.append(0)
            self.files[name].named &= not sync_folder

    def after_cut(self, path: Path, folder: Path, seed: int | None = None) -> Path:
        """The outbox `path` as a power cut now would leave it, in `folder`; with a seed, some unsynced sectors too."""
        chance = None if seed is None else random.Random(seed)  # noqa: S311  # no secret
        folder.mkdir(parents=True)
        for suffix in ("", "-wal"):
            kept = self.files.get(f"{path}{suffix}")
            if kept is not None and (kept.named or (chance is not None and chance.random() < 0.5)):
                (folder / f"{path.name}{suffix}").write_bytes(kept.after_cut(chance))
        return folder / path.name


class PoweredFile(apsw.VFSFile):
    """A file of that disk; other processes' view of it (locks, shared memory) is the operating system's."""

    def __init__(self, disk: PoweredDisk, filename, flags) -> None:
        path = filename.filename() if isinstance(filename, apsw.URIFilename) else filename
        if path not in disk.files:
            disk.files[path] = _found(path, main=bool(flags[0] & apsw.SQLITE_OPEN_MAIN_DB))
        super().__init__(BASE, filename, flags)
        self.disk = disk
        self.kept = disk.files[path]

    def xWrite(self, data, offset):  # noqa: N802
        self.disk.before("write")
        super().xWrite(data, offset)
        self.kept.since.append((offset, bytes(data)))

    def xTruncate(self, size):  # noqa: N802
        self.disk.before("truncate")
        super().xTruncate(size)
        self.kept.since.append(size)

    def xSync(self, flags):  # noqa: N802
        """What the operating system holds is safe now. The real disk is left alone: only this model loses power."""
        self.disk.before("sync")
        for change in self.kept.since:
            _apply(self.kept.synced, change, None)
        self.kept.since, self.kept.named = [], True


def _found(path: str | None, *, main: bool) -> Kept:
    """A file as this disk first sees it: what an earlier cut left is safe."""
    if path is None or not Path(path).exists():
        return Kept(named=main)
    return Kept(bytearray(Path(path).read_bytes()), named=True)
