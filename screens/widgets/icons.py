"""Icons as textures: strokes from assets/icons/icons.toml, drawn at the size they are shown.

Kivy draws lines without anti-aliasing when multisampling is off, so Pillow draws them once, four times
as large, and the texture is kept. White on transparent: the widget's colour tints it.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

FILE = Path(__file__).resolve().parent.parent.parent / "assets" / "icons" / "icons.toml"
GRID = 24
OVERSAMPLED = 4
STROKE = 2.0
CURVE_STEPS = 16
UNKNOWN = "document"
ARGUMENTS = {"M": 2, "L": 2, "C": 6, "Z": 0, "O": 3, "D": 3}

Point = tuple[float, float]


@lru_cache(maxsize=1)
def strokes() -> dict[str, str]:
    """Every icon's path by name."""
    with FILE.open("rb") as file:
        return tomllib.load(file)


def commands(path: str) -> Iterator[tuple[str, list[float]]]:
    """The path cut into letters with their numbers."""
    words = iter(path.split())
    for letter in words:
        yield letter, [float(next(words)) for _ in range(ARGUMENTS[letter])]


def _curve(start: Point, numbers: list[float]) -> list[Point]:
    x1, y1, x2, y2, x3, y3 = numbers
    points = []
    for step in range(1, CURVE_STEPS + 1):
        t = step / CURVE_STEPS
        a, b, c, d = (1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t * t * (1 - t), t**3
        points.append((a * start[0] + b * x1 + c * x2 + d * x3, a * start[1] + b * y1 + c * y2 + d * y3))
    return points


def lines(path: str) -> tuple[list[list[Point]], list[tuple[float, float, float, bool]]]:
    """The path as polylines and circles (centre, radius, filled)."""
    polylines: list[list[Point]] = []
    circles = []
    for letter, numbers in commands(path):
        match letter:
            case "M":
                polylines.append([(numbers[0], numbers[1])])
            case "L":
                polylines[-1].append((numbers[0], numbers[1]))
            case "C":
                polylines[-1].extend(_curve(polylines[-1][-1], numbers))
            case "Z":
                polylines[-1].append(polylines[-1][0])
            case _:
                circles.append((numbers[0], numbers[1], numbers[2], letter == "D"))
    return polylines, circles


def mask(name: str, size_px: int) -> Any:
    """The icon as an 8-bit Pillow image, white where it is drawn."""
    from PIL import Image, ImageDraw  # here: it costs 40 ms of the start

    scale = size_px * OVERSAMPLED / GRID
    image = Image.new("L", (size_px * OVERSAMPLED, size_px * OVERSAMPLED), 0)
    draw = ImageDraw.Draw(image)
    half = STROKE * scale / 2
    polylines, circles = lines(strokes().get(name) or strokes()[UNKNOWN])
    for polyline in polylines:
        scaled = [(x * scale, y * scale) for x, y in polyline]
        draw.line(scaled, fill=255, width=round(half * 2), joint="curve")
        for x, y in scaled:
            draw.ellipse((x - half, y - half, x + half, y + half), fill=255)
    for x, y, radius, filled in circles:
        outer = radius * scale + half
        box = (x * scale - outer, y * scale - outer, x * scale + outer, y * scale + outer)
        draw.ellipse(box, fill=255 if filled else None, outline=255, width=round(half * 2))
    return image.resize((size_px, size_px), Image.Resampling.LANCZOS)


@lru_cache(maxsize=128)
def icon(name: str, size_px: int) -> Any:
    """The icon's texture; an unknown name gives a sheet of paper."""
    from kivy.graphics.texture import Texture

    alpha = mask(name, size_px).tobytes()
    texture = Texture.create(size=(size_px, size_px), colorfmt="rgba")
    texture.blit_buffer(b"".join(b"\xff\xff\xff" + bytes((a,)) for a in alpha), colorfmt="rgba", bufferfmt="ubyte")
    texture.flip_vertical()
    return texture
