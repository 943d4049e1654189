"""An ESC/POS byte stream -> the few commands a receipt is made of. The simulated printer's ear.

A stream may arrive in any pieces; `feed` gives what is complete and keeps the rest. A byte that begins no known
command is skipped, as a printer would print or ignore it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from PIL import Image, ImageChops

from devices.printers.status import DLE_EOT, GS_R_PAPER

INIT = b"\x1b@"
RASTER = b"\x1dv0"
CUT = b"\x1dVB"
RASTER_HEADER_BYTES = 8


@dataclass(frozen=True, slots=True)
class Band:
    """One GS v 0: a strip of the picture, 0 = black."""

    picture: Image.Image


@dataclass(frozen=True, slots=True)
class Cut:
    """GS V 66 n: feed to the cutter and cut."""


@dataclass(frozen=True, slots=True)
class StatusQuestion:
    """DLE EOT `number`, answered at once."""

    number: int


@dataclass(frozen=True, slots=True)
class PaperQuestion:
    """GS r 1, answered in turn."""


Command = Band | Cut | StatusQuestion | PaperQuestion

# Commands of fixed length: how many bytes they take in all.
LENGTHS = {DLE_EOT: 3, GS_R_PAPER: 3, INIT: 2, CUT: 4}


class EscposDecoder:
    """Keeps the unfinished end of a stream between two `feed`s."""

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, data: bytes) -> Iterator[Command]:
        """Every command that is complete now, in order."""
        self._rest += data
        while self._rest:
            length = self._length()
            if length is None or length > len(self._rest):
                return
            command, self._rest = self._rest[:length], self._rest[length:]
            if (decoded := _decode(command)) is not None:
                yield decoded

    def _length(self) -> int | None:
        """Bytes of the command the stream begins with; None while its head is incomplete."""
        if self._rest.startswith(RASTER):
            if len(self._rest) < RASTER_HEADER_BYTES:
                return None
            return RASTER_HEADER_BYTES + _row_bytes(self._rest) * _rows(self._rest)
        for head, length in LENGTHS.items():
            if self._rest.startswith(head):
                return length
        begun = any(head.startswith(self._rest) for head in (RASTER, *LENGTHS))
        return None if begun else 1


def _decode(command: bytes) -> Command | None:
    if command.startswith(RASTER):
        size = (_row_bytes(command) * 8, _rows(command))
        # On the wire 1 is black, in a picture 1 is white.
        return Band(ImageChops.invert(Image.frombytes("1", size, command[RASTER_HEADER_BYTES:])))
    if command.startswith(DLE_EOT):
        return StatusQuestion(command[2])
    if command.startswith(GS_R_PAPER):
        return PaperQuestion()
    return Cut() if command.startswith(CUT) else None


def _row_bytes(command: bytes) -> int:
    return int.from_bytes(command[4:6], "little")


def _rows(command: bytes) -> int:
    return int.from_bytes(command[6:8], "little")
