"""A QR code to photograph: sharp edges, black on white in every theme, four modules of quiet around it."""

from __future__ import annotations

from typing import Any

import segno
from kivy.graphics import Color, Rectangle
from kivy.graphics.texture import Texture
from kivy.properties import StringProperty
from kivy.uix.widget import Widget

from screens.semantics import Semantic
from screens.theme import theme

QUIET_ZONE = 4


def qr_texture(data: str) -> Any:
    """The code as a luminance texture, one pixel a module, quiet zone included."""
    code = segno.make(data, error="m", micro=False)
    rows = [bytes(0 if dark else 255 for dark in row) for row in code.matrix_iter(border=QUIET_ZONE)]
    texture = Texture.create(size=(len(rows[0]), len(rows)), colorfmt="luminance")
    texture.mag_filter = texture.min_filter = "nearest"
    texture.blit_buffer(b"".join(reversed(rows)), colorfmt="luminance", bufferfmt="ubyte")
    return texture


class QrImage(Semantic, Widget):
    """`data` as a square picture; its side is a whole number of pixels a module."""

    data = StringProperty("")

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("role", "image")
        kwargs.setdefault("private", True)
        super().__init__(**kwargs)
        with self.canvas:
            Color(1, 1, 1, 1)
            self._picture = Rectangle()
        self.bind(data=self._draw, pos=self._place, size=self._place)
        theme.bind(revision=self._place)
        self._draw()

    def _draw(self, *_: object) -> None:
        if self.data:
            self._picture.texture = qr_texture(self.data)
            self._place()

    def _place(self, *_: object) -> None:
        if self._picture.texture is None or not self.data:
            return
        modules = self._picture.texture.width
        side = int(min(self.size)) // modules * modules
        self._picture.size = (side, side)
        # not `top`: kivy still holds the old one while `pos` is told
        self._picture.pos = (round(self.x), round(self.y + self.height - side))
