"""The headers of a JPEG 2000 picture, read before a decoder is let at it (ISO/IEC 15444-1 annex A and I).

A few bytes can ask a decoder for millions of tiles, layers or precincts. A face needs none of that, so what asks
for more than any encoder of faces writes is refused here; the decoder itself is not ours.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from kiosk.errors import CardError

SOC, SIZ, COD, COC, SOT, SOD, EOC = 0xFF4F, 0xFF51, 0xFF52, 0xFF53, 0xFF90, 0xFF93, 0xFFD9
RGN, POC, PPM, PPT = 0xFF5E, 0xFF5F, 0xFF60, 0xFF61
# Markers a face has no use for and that could change what the main header promises.
UNWELCOME: Final = frozenset({COC, RGN, POC, PPM, PPT})
SIZ_BYTES: Final = 38
SOT_BYTES: Final = 10
COMPONENTS: Final = (1, 3)
MAX_TILES: Final = 256
MAX_LAYERS: Final = 64
MAX_LEVELS: Final = 10
MAX_PRECINCTS: Final = 16384
# OpenJPEG takes some hundred bytes for each: with the smallest blocks a few kilobytes cost 200 MB.
MAX_CODE_BLOCKS: Final = 32768
SMALLEST_BLOCK_EXPONENT: Final = 2
WHOLE_PRECINCT: Final = 15

BOX_HEADER_BYTES: Final = 8
LONG_BOX_HEADER_BYTES: Final = 16
MAX_BOXES: Final = 64


@dataclass(frozen=True, slots=True)
class _Segment:
    """A marker with what stands between its length and the next marker."""

    marker: int
    body: bytes
    end: int


def codestream(container: bytes) -> bytes:
    """The codestream box of a JP2 file. Raises CardError CARD-07."""
    place = 0
    for _ in range(MAX_BOXES):
        head = container[place : place + BOX_HEADER_BYTES]
        length, start = int.from_bytes(head[:4], "big"), place + BOX_HEADER_BYTES
        if length == 1:
            start = place + LONG_BOX_HEADER_BYTES
            length = int.from_bytes(container[place + BOX_HEADER_BYTES : start], "big")
        end = place + length if length else len(container)
        if len(head) < BOX_HEADER_BYTES or not start <= end <= len(container):
            break
        if head[4:] == b"jp2c":
            return container[start:end]
        place = end
    raise CardError("CARD-07", "a JP2 file without a picture")


def check(data: bytes, max_pixels: int) -> None:
    """Raises CardError CARD-07 for a codestream that is malformed or asks for too much."""
    place = 2
    if int.from_bytes(data[:2], "big") != SOC:
        raise CardError("CARD-07", "no JPEG 2000 codestream")
    size: tuple[int, int] | None = None
    coded = False
    while (segment := _segment(data, place)).marker != SOT:
        if segment.marker == SIZ and size is None:
            size = _size(segment.body, max_pixels)
        elif segment.marker == COD and size is not None and not coded:
            _check_coding(segment.body, *size)
            coded = True
        elif segment.marker in UNWELCOME | {SIZ, COD, SOD}:
            raise CardError("CARD-07", "a JPEG 2000 header no face needs")
        place = segment.end
    if not coded:
        raise CardError("CARD-07", "a JPEG 2000 picture without its coding")
    _check_tiles(data, place)


def _segment(data: bytes, place: int) -> _Segment:
    head = data[place : place + 4]
    marker, length = int.from_bytes(head[:2], "big"), int.from_bytes(head[2:], "big")
    end = place + 2 + length
    if len(head) < 4 or marker < 0xFF00 or length < 2 or end > len(data):
        raise CardError("CARD-07", "malformed JPEG 2000 header")
    return _Segment(marker, data[place + 4 : end], end)


def _size(body: bytes, max_pixels: int) -> tuple[int, int]:
    """Width and height."""
    if len(body) < SIZ_BYTES - 2:
        raise CardError("CARD-07", "malformed JPEG 2000 header")
    right, bottom, left, top, tile_width, tile_height, tile_left, tile_top = (
        int.from_bytes(body[at : at + 4], "big") for at in range(2, 34, 4)
    )
    width, height = right - left, bottom - top
    components = int.from_bytes(body[34:36], "big")
    depths = body[36::3]
    if not (width > 0 and height > 0 and width * height <= max_pixels and max(right, bottom) <= max_pixels):
        raise CardError("CARD-07", "the face has too many pixels")
    if components not in COMPONENTS or len(body) != 36 + 3 * components or any(depth != 7 for depth in depths):
        raise CardError("CARD-07", "the face has other colours than a picture")
    if not (tile_width > 0 and tile_height > 0 and tile_left <= left and tile_top <= top):
        raise CardError("CARD-07", "malformed JPEG 2000 header")
    tiles = -((tile_left - right) // tile_width) * -((tile_top - bottom) // tile_height)
    if tiles > MAX_TILES:
        raise CardError("CARD-07", "the face has too many tiles")
    return width, height


def _check_coding(body: bytes, width: int, height: int) -> None:
    """Layers, levels and precincts, each of which the decoder makes room for."""
    if len(body) < 10:
        raise CardError("CARD-07", "malformed JPEG 2000 header")
    layers, levels = int.from_bytes(body[2:4], "big"), body[5]
    own_precincts = bool(body[0] & 1)
    if not 1 <= layers <= MAX_LAYERS or levels > MAX_LEVELS or len(body) != 10 + own_precincts * (levels + 1):
        raise CardError("CARD-07", "the face has too many layers")
    precincts = 0
    for level in range(levels + 1):
        exponents = body[10 + level] if own_precincts else WHOLE_PRECINCT << 4 | WHOLE_PRECINCT
        shrunk = levels - level
        columns = (width >> shrunk + (exponents & 15)) + 2
        precincts += columns * ((height >> shrunk + (exponents >> 4)) + 2)
    if precincts > MAX_PRECINCTS:
        raise CardError("CARD-07", "the face has too many precincts")
    block_width, block_height = (SMALLEST_BLOCK_EXPONENT + (exponent & 15) for exponent in body[6:8])
    if COMPONENTS[-1] * ((width >> block_width) + 1) * ((height >> block_height) + 1) > MAX_CODE_BLOCKS:
        raise CardError("CARD-07", "the face has too many code blocks")


def _check_tiles(data: bytes, place: int) -> None:
    """No tile may change what the main header said."""
    parts = 0
    while place < len(data) and int.from_bytes(data[place : place + 2], "big") != EOC:
        segment = _segment(data, place)
        parts += 1
        if segment.marker != SOT or len(segment.body) != SOT_BYTES - 2 or parts > MAX_TILES * 8:
            raise CardError("CARD-07", "malformed JPEG 2000 tile")
        length = int.from_bytes(segment.body[2:6], "big")
        end = place + length if length else len(data)
        if not segment.end < end <= len(data):
            raise CardError("CARD-07", "malformed JPEG 2000 tile")
        _check_tile_header(data, segment.end)
        place = end


def _check_tile_header(data: bytes, place: int) -> None:
    while int.from_bytes(data[place : place + 2], "big") != SOD:
        segment = _segment(data, place)
        if segment.marker in UNWELCOME | {COD, SIZ, SOT}:
            raise CardError("CARD-07", "a JPEG 2000 tile no face needs")
        place = segment.end
