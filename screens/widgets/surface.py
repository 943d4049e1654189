"""Painted surfaces as small textures: rounded corners, border and focus ring in one, stretched to any size.

Software GL pays for every triangle and every layer. A border under a fill, both with smooth corners, are two
hundred triangles; the same as one texture in nine parts are eighteen, and one layer. Each look is drawn once.
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Any

Colour = tuple[float, ...]
# A colour and how many pixels further inside than the outermost one it begins.
Layer = tuple[Colour, int]

MIDDLE_PX = 2
LOOKS_KEPT = 256


@lru_cache(maxsize=LOOKS_KEPT)
def surface(layers: tuple[Layer, ...], radius_px: int) -> tuple[Any, int]:
    """The texture of these layers, from the outside inwards, and how wide its unstretched border is."""
    from kivy.graphics.texture import Texture

    border = max(radius_px, layers[-1][1]) + 1
    side = 2 * border + MIDDLE_PX
    texture = Texture.create(size=(side, side), colorfmt="rgba")
    texture.mag_filter = texture.min_filter = "nearest"  # it is never scaled, only its one-coloured middle is
    texture.blit_buffer(pixels(layers, radius_px, border), colorfmt="rgba", bufferfmt="ubyte")
    return texture, border


def pixels(layers: tuple[Layer, ...], radius_px: int, border: int) -> bytes:
    """All of the square, from one corner: the others are its mirror images."""
    corner = [[_pixel(layers, radius_px, x + 0.5, y + 0.5) for x in range(border + 1)] for y in range(border + 1)]
    rows = [b"".join(row + row[::-1]) for row in corner]
    return b"".join(rows + rows[::-1])


def _pixel(layers: tuple[Layer, ...], radius_px: int, x: float, y: float) -> bytes:
    """One pixel as RGBA; a transparent layer takes away what lies under it."""
    red, green, blue = layers[0][0][:3]
    alpha = 0.0
    for colour, inset in layers:
        share = _covered(x - inset, y - inset, max(1, radius_px - inset))
        if colour[3]:
            red, green, blue = (
                old + (new - old) * share for old, new in zip((red, green, blue), colour[:3], strict=True)
            )
        alpha += (colour[3] - alpha) * share
    return bytes(round(255 * part) for part in (red, green, blue, alpha))


def _covered(x: float, y: float, radius: float) -> float:
    """How much of the pixel around (x, y) lies inside a corner at (0, 0) with that radius."""
    if x >= radius or y >= radius:
        return 1.0 if min(x, y) > 0 else 0.0
    return min(1.0, max(0.0, radius - math.hypot(radius - x, radius - y) + 0.5))
