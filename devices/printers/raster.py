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
BODY_DOTS = 27
HEADING_DOTS = 42
CODE_DOTS = 56
CODE_SMALLEST_DOTS = 38
GAP_DOTS = 10
PAIR_GAP_DOTS = 24
GLYPH_MARGIN_DOTS = 8  # room for what a letter draws outside its own width
QR_MODULE_DOTS = 7
QR_QUIET_MODULES = 4
BREAKABLE = re.compile(r"[^-/]*[-/]|[^-/]+")

Weight = Literal["Regular", "Bold"]


def draw(blocks: Iterable[Block], width_dots: int) -> Image.Image:
    """All blocks from top to bottom as one 1-bit image (0 = black). Raises DocumentError PRINT-05."""
    strips = [_strip(block, width_dots) for block in blocks]
    paper = Image.new("1", (width_dots, sum(strip.height for strip in strips)), WHITE)
    top = 0
    for strip in strips:
        paper.paste(strip, (0, top))
        top += strip.height
    return paper


def _strip(block: Block, width: int) -> Image.Image:
    match block:
        case Heading(text):
            return _lines(_wrap(_checked(text), _font("Bold", HEADING_DOTS), width), _font("Bold", HEADING_DOTS), width)
        case Paragraph(text, bold):
            font = _font("Bold" if bold else "Regular", BODY_DOTS)
            return _lines(_wrap(_checked(text), font, width), font, width)
        case Pair(label, value):
            return _pair(_checked(label), _checked(value), width)
        case Code(text):
            return _code(_checked(text), width)
        case QrCode(data):
            return _qr(data, width)
        case Rule():
            return _rule(width)


def _lines(lines: list[str], font: ImageFont.FreeTypeFont, width: int) -> Image.Image:
    height = _line_height(font)
    strip = Image.new("1", (width, height * len(lines) + GAP_DOTS), WHITE)
    for number, line in enumerate(lines):
        _write(strip, line, font, (0, number * height))
    return strip


def _write(strip: Image.Image, text: str, font: ImageFont.FreeTypeFont, at: tuple[int, int]) -> None:
    left, top = at
    for letter in text:
        glyph = _glyph(letter, font)
        strip.paste(BLACK, (left - GLYPH_MARGIN_DOTS, top), glyph.mask)
        left += glyph.advance


def _pair(label: str, value: str, width: int) -> Image.Image:
    """Label left, value right; below each other where one line is too short for both."""
    plain, bold = _font("Regular", BODY_DOTS), _font("Bold", BODY_DOTS)
    value_width = _length(value, bold)
    if _length(label, plain) + PAIR_GAP_DOTS + value_width <= width and "\n" not in label + value:
        strip = _lines([label], plain, width)
        _write(strip, value, bold, (width - value_width, 0))
        return strip
    above = _lines(_wrap(label, plain, width), plain, width)
    below = _lines(_wrap(value, bold, width), bold, width)
    strip = Image.new("1", (width, above.height - GAP_DOTS + below.height), WHITE)
    strip.paste(above, (0, 0))
    strip.paste(below, (0, above.height - GAP_DOTS))
    return strip


def _code(text: str, width: int) -> Image.Image:
    """As large as one line allows, so that it can be copied by hand."""
    size = next(
        (s for s in range(CODE_DOTS, CODE_SMALLEST_DOTS - 1, -2) if _length(text, _font("Bold", s)) <= width), 0
    )
    font = _font("Bold", size or CODE_DOTS)
    return _lines(_wrap(text, font, width), font, width)


def _qr(data: str, width: int) -> Image.Image:
    """Error correction M; modules are whole dots. Raises DocumentError if the paper is too narrow for it."""
    symbol = segno.make(data, error="m", micro=False)
    rows = [bytes(row) for row in symbol.matrix_iter(border=QR_QUIET_MODULES)]
    side = len(rows)
    module = min(QR_MODULE_DOTS, width // side)
    if module == 0:
        raise DocumentError("PRINT-05", f"a QR code of {side} modules does not fit {width} dots")
    small = Image.frombytes("L", (side, side), b"".join(rows)).point(lambda dark: BLACK if dark else WHITE, "1")
    large = small.resize((side * module, side * module), Image.Resampling.NEAREST)
    strip = Image.new("1", (width, large.height), WHITE)
    strip.paste(large, ((width - large.width) // 2, 0))
    return strip


def _rule(width: int) -> Image.Image:
    strip = Image.new("1", (width, 2 * GAP_DOTS + 2), WHITE)
    ImageDraw.Draw(strip).rectangle((0, GAP_DOTS // 2, width, GAP_DOTS // 2 + 1), fill=BLACK)
    return strip


def _wrap(text: str, font: ImageFont.FreeTypeFont, width: int) -> list[str]:
    return [line for part in text.split("\n") for line in _wrap_line(part, font, width)]


def _wrap_line(text: str, font: ImageFont.FreeTypeFont, width: int) -> Iterator[str]:
    line = ""
    for word in text.split(" "):
        longer = f"{line} {word}" if line else word
        if _length(longer, font) <= width:
            line = longer
            continue
        if line:
            yield line
        *full, line = _pieces(word, font, width)
        yield from full
    yield line


def _pieces(word: str, font: ImageFont.FreeTypeFont, width: int) -> list[str]:
    """A word in pieces that each fit on a line; mostly one. Broken after a hyphen or slash where that is enough."""
    pieces = [""]
    for part in BREAKABLE.findall(word):
        for letters in (part,) if _length(part, font) <= width else part:
            if pieces[-1] and _length(pieces[-1] + letters, font) > width:
                pieces.append("")
            pieces[-1] += letters
    return pieces


def _checked(text: str) -> str:
    """The text composed (NFC), every letter known to be in the font. The error names code points, not the text."""
    composed = unicodedata.normalize("NFC", text)
    missing = sorted({letter for letter in composed if letter != "\n"} - _letters())
    if missing:
        raise DocumentError("PRINT-05", "no glyph for " + ", ".join(f"U+{ord(letter):04X}" for letter in missing))
    return composed


def _length(text: str, font: ImageFont.FreeTypeFont) -> int:
    return sum(_glyph(letter, font).advance for letter in text)


def _line_height(font: ImageFont.FreeTypeFont) -> int:
    ascent, descent = font.getmetrics()
    return ascent + descent


@dataclass(frozen=True, slots=True)
class _Glyph:
    """One letter, drawn once: a mask (set = ink) with GLYPH_MARGIN_DOTS to its left, and how far the pen moves on."""

    mask: Image.Image
    advance: int


@lru_cache(maxsize=4096)
def _glyph(letter: str, font: ImageFont.FreeTypeFont) -> _Glyph:
    """A line drawn whole takes 2 ms, its letters from here 0.1 ms. Noto Sans has no kern table that could be lost."""
    advance = round(font.getlength(letter))
    mask = Image.new("1", (advance + 2 * GLYPH_MARGIN_DOTS, _line_height(font)), 0)
    ImageDraw.Draw(mask).text((GLYPH_MARGIN_DOTS, 0), letter, font=font, fill=1)
    return _Glyph(mask, advance)


@cache
def _font(weight: Weight, size: int) -> ImageFont.FreeTypeFont:
    path = FONTS / f"NotoSans-{weight}.ttf"
    try:
        return ImageFont.truetype(str(path), size, layout_engine=ImageFont.Layout.BASIC)
    except OSError as error:
        raise DocumentError("PRINT-05", f"{path.name} is not installed") from error


@cache
def _letters() -> frozenset[str]:
    """Every letter both weights can draw."""
    from fontTools.ttLib import TTFont  # 30 ms, only once somebody prints

    try:
        fonts = [TTFont(FONTS / f"NotoSans-{weight}.ttf", lazy=True) for weight in ("Regular", "Bold")]
    except OSError as error:
        raise DocumentError("PRINT-05", "Noto Sans is not installed") from error
    return frozenset(map(chr, set(fonts[0].getBestCmap()) & set(fonts[1].getBestCmap())))
