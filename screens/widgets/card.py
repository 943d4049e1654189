"""A drawing of an identity card: a photo, lines, and where its six digits stand. Nobody's card."""

from __future__ import annotations

from typing import Any

from kivy.graphics import Color, Rectangle, SmoothRoundedRectangle
from kivy.properties import BooleanProperty
from kivy.uix.label import Label
from kivy.uix.widget import Widget

from screens.theme import theme

WIDTH_MM = 140.0
SHAPE = 53.98 / 85.60  # ISO/IEC 7810 ID-1
SAMPLE_DIGITS = "123456"


class CardPicture(Widget):
    """The front of a card; with `digits` the place of the access number is marked."""

    digits = BooleanProperty(False)

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(size_hint=(None, None), **kwargs)
        self.number = Label(text=SAMPLE_DIGITS, bold=True, size_hint=(None, None))
        with self.canvas:
            self._inks = [Color() for _ in range(1)]
            self._edge = SmoothRoundedRectangle()
            self._paper_ink = Color()
            self._paper = SmoothRoundedRectangle()
            self._ink = Color()
            self._photo = SmoothRoundedRectangle()
            self._lines = [Rectangle() for _ in range(3)]
            self._ring_ink = Color()
            self._ring = SmoothRoundedRectangle()
            self._field_ink = Color()
            self._field = SmoothRoundedRectangle()
        self.bind(pos=self._draw, digits=self._draw)
        theme.bind(revision=self._draw)
        self._draw()

    def _draw(self, *_: object) -> None:
        width = min(theme.mm(WIDTH_MM if not theme.flat else 100), theme.width - 2 * theme.margin)
        self.size = (width, width * SHAPE)
        x, y, w, h = *self.pos, *self.size
        line = theme.space(3)
        self._inks[0].rgba, self._paper_ink.rgba, self._ink.rgba = theme.line, theme.info_tint, theme.line
        self._edge.pos, self._edge.size, self._edge.radius = self.pos, self.size, [theme.space(20)]
        self._paper.pos, self._paper.size = (x + line, y + line), (w - 2 * line, h - 2 * line)
        self._paper.radius = [theme.space(18)]
        self._photo.pos, self._photo.size, self._photo.radius = (x + w * 0.07, y + h * 0.24), (w * 0.25, h * 0.52), [6]
        for number, rule in enumerate(self._lines):
            rule.pos, rule.size = (x + w * 0.4, y + h * (0.68 - number * 0.13)), (w * 0.48, h * 0.06)
        self._mark(x + w * 0.58, y + h * 0.08)

    def _mark(self, x: float, y: float) -> None:
        w, h = (self.width * 0.37, self.height * 0.22) if self.digits else (0, 0)
        line = theme.space(4)
        self._ring_ink.rgba, self._field_ink.rgba = (
            (theme.ring, theme.background) if self.digits else ((0,) * 4, (0,) * 4)
        )
        self._ring.pos, self._ring.size, self._ring.radius = (x, y), (w, h), [theme.space(8)]
        self._field.pos, self._field.radius = (x + line, y + line), [theme.space(6)]
        self._field.size = (max(0, w - 2 * line), max(0, h - 2 * line))
        if self.digits and self.number.parent is None:
            self.add_widget(self.number)
        self.number.font_size, self.number.color = theme.body, theme.text
        self.number.pos, self.number.size = (x, y), (w, h)
