"""Blocks -> a black-and-white picture as wide as the paper, so that every printer prints every letter alike.

Rules
  1. Letters come from Noto Sans, never from a printer's code page: a code page prints a wrong letter silently.
  2. A letter the font lacks is an error before anything is drawn, not a box on paper.
  3. Nothing is cut: long lines wrap, a word longer than the paper is broken.

Units are dots (203 dpi: 8 dots = 1 mm). How the picture reaches a printer is escpos.py's business.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Literal

import segno
from PIL import Image, ImageDraw, ImageFont

from kiosk.documents.blocks import Block, Code, Heading, Pair, Paragraph, QrCode, Rule
from kiosk.errors import DocumentError

FONTS = Path("/usr/share/fonts/truetype/noto")  # Debian's fonts-noto-core
WHITE = 255
BLACK = 0
GAP = 10
PAIR_GAP = 24
GLYPH_MARGIN = 8  # room for what a letter draws outside its own width
QR_MODULE = 7
QR_QUIET_MODULES = 4
BREAKABLE = re.compile(r"[^-/]*[-/]|[^-/]+")


@dataclass(frozen=True, slots=True)
class Face:
    """A weight and size of Noto Sans; `spacing` is extra room after every letter."""

    weight: Literal["Regular", "Bold"]
    size: int
    spacing: int = 0


BODY = Face("Regular", 27)
BOLD = Face("Bold", 27)
HEADING = Face("Bold", 42)
# What is copied letter by letter must not run together: without spacing tesseract read "K4M" as "KAM".
VALUE = Face("Bold", 27, spacing=2)
CODES = tuple(Face("Bold", size, spacing=2) for size in range(56, 43, -2))


def draw(blocks: Iterable[Block], width: int) -> Image.Image:
    """All blocks from top to bottom as one 1-bit image (0 = black). Raises DocumentError PRINT-05."""
    return stacked([_strip(block, width) for block in blocks], width)


def stacked(strips: list[Image.Image], width: int) -> Image.Image:
    """Pictures below each other on white paper."""
    paper = Image.new("1", (width, sum(strip.height for strip in strips)), WHITE)
    top = 0
    for strip in strips:
        paper.paste(strip, (0, top))
        top += strip.height
    return paper


def _strip(block: Block, width: int) -> Image.Image:
    match block:
        case Heading(text):
            return _lines(_checked(text), HEADING, width)
        case Paragraph(text, bold):
            return _lines(_checked(text), BOLD if bold else BODY, width)
        case Pair(label, value):
            return _pair(_checked(label), _checked(value), width)
        case Code(text):
            return _code(_checked(text), width)
        case QrCode(data):
            return _qr(data, width)
        case Rule():
            return _rule(width)


def _lines(text: str, face: Face, width: int) -> Image.Image:
    lines = [line for part in text.split("\n") for line in _wrap(part, face, width)]
    height = _line_height(face)
    strip = Image.new("1", (width, height * len(lines) + GAP), WHITE)
    for number, line in enumerate(lines):
        _write(strip, line, face, (0, number * height))
    return strip


def _pair(label: str, value: str, width: int) -> Image.Image:
    """Label left, value right; below each other where one line is too short for both."""
    value_width = _length(value, VALUE)
    if _length(label, BODY) + PAIR_GAP + value_width <= width and "\n" not in label + value:
        strip = _lines(label, BODY, width)
        _write(strip, value, VALUE, (width - value_width, 0))
        return strip
    above = _lines(label, BODY, width)
    return stacked([above.crop((0, 0, width, above.height - GAP)), _lines(value, VALUE, width)], width)


def _code(text: str, width: int) -> Image.Image:
    """As large as one line allows, so that it can be copied by hand; on narrow paper broken after a group."""
    return _lines(text, next((face for face in CODES if _length(text, face) <= width), CODES[-1]), width)


def _qr(data: str, width: int) -> Image.Image:
    """Error correction M; modules are whole dots. Raises DocumentError if the paper is too narrow for it."""
    symbol = segno.make(data, error="m", micro=False)
    rows = [bytes(row) for row in symbol.matrix_iter(border=QR_QUIET_MODULES)]
    side = len(rows)
    module = min(QR_MODULE, width // side)
    if module == 0:
        raise DocumentError("PRINT-05", f"a QR code of {side} modules does not fit {width} dots")
    small = Image.frombytes("L", (side, side), b"".join(rows)).point(lambda dark: BLACK if dark else WHITE, "1")
    large = small.resize((side * module, side * module), Image.Resampling.NEAREST)
    strip = Image.new("1", (width, large.height), WHITE)
    strip.paste(large, ((width - large.width) // 2, 0))
    return strip


def _rule(width: int) -> Image.Image:
    strip = Image.new("1", (width, 2 * GAP + 2), WHITE)
    ImageDraw.Draw(strip).rectangle((0, GAP // 2, width, GAP // 2 + 1), fill=BLACK)
    return strip


def _wrap(text: str, face: Face, width: int) -> Iterator[str]:
    line = ""
    for word in text.split(" "):
        longer = f"{line} {word}" if line else word
        if _length(longer, face) <= width:
            line = longer
            continue
        if line:
            yield line
        *full, line = _pieces(word, face, width)
        yield from full
    yield line


def _pieces(word: str, face: Face, width: int) -> list[str]:
    """A word in pieces that each fit on a line; mostly one. Broken after a hyphen or slash where that is enough."""
    pieces = [""]
    for part in BREAKABLE.findall(word):
        for letters in (part,) if _length(part, face) <= width else part:
            if pieces[-1] and _length(pieces[-1] + letters, face) > width:
                pieces.append("")
            pieces[-1] += letters
    return pieces


def _write(strip: Image.Image, text: str, face: Face, at: tuple[int, int]) -> None:
    left, top = at
    for letter in text:
        glyph = _glyph(letter, face)
        strip.paste(BLACK, (left - GLYPH_MARGIN, top), glyph.mask)
        left += glyph.advance


def _length(text: str, face: Face) -> int:
    return sum(_glyph(letter, face).advance for letter in text)


def _line_height(face: Face) -> int:
    ascent, descent = _font(face).getmetrics()
    return ascent + descent


@dataclass(frozen=True, slots=True)
class _Glyph:
    """One letter, drawn once: a mask (set = ink) with GLYPH_MARGIN to its left, and how far the pen moves on."""

    mask: Image.Image
    advance: int


@lru_cache(maxsize=4096)
def _glyph(letter: str, face: Face) -> _Glyph:
    """A line drawn whole takes 2 ms, its letters from here 0.1 ms. Noto Sans has no kern table that could be lost."""
    font = _font(face)
    advance = round(font.getlength(letter)) + face.spacing
    mask = Image.new("1", (advance + 2 * GLYPH_MARGIN, _line_height(face)), 0)
    ImageDraw.Draw(mask).text((GLYPH_MARGIN, 0), letter, font=font, fill=1)
    return _Glyph(mask, advance)


@cache
def _font(face: Face) -> ImageFont.FreeTypeFont:
    path = FONTS / f"NotoSans-{face.weight}.ttf"
    try:
        return ImageFont.truetype(str(path), face.size, layout_engine=ImageFont.Layout.BASIC)
    except OSError as error:
        raise DocumentError("PRINT-05", f"{path.name} is not installed") from error


def _checked(text: str) -> str:
    """The text composed (NFC), every letter in the font and visible. The error names code points, not the text."""
    composed = unicodedata.normalize("NFC", text)
    invisible = {letter for letter in composed if unicodedata.category(letter) in ("Cc", "Cf")}
    missing = sorted((set(composed) - _letters() | invisible) - {"\n"})
    if missing:
        raise DocumentError("PRINT-05", "no glyph for " + ", ".join(f"U+{ord(letter):04X}" for letter in missing))
    return composed


@cache
def _letters() -> frozenset[str]:
    """Every letter both weights can draw."""
    from fontTools.ttLib import TTFont  # 30 ms, only once somebody prints

    try:
        fonts = [TTFont(FONTS / f"NotoSans-{weight}.ttf", lazy=True) for weight in ("Regular", "Bold")]
    except OSError as error:
        raise DocumentError("PRINT-05", "Noto Sans is not installed") from error
    return frozenset(map(chr, set(fonts[0].getBestCmap()) & set(fonts[1].getBestCmap())))
