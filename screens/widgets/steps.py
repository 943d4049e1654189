"""How far one submission is: a row of segments, and the same in words."""

from __future__ import annotations

from typing import Any

from kivy.clock import Clock
from kivy.graphics import Color, SmoothRoundedRectangle
from kivy.graphics.instructions import InstructionGroup
from kivy.uix.widget import Widget

from screens.theme import theme

HEIGHT_PX = 16
GAP_PX = 8


class StepPicture(Widget):
    """`reached` of `count` segments filled; `tone` is the colour of the filled ones."""

    def __init__(self, reached: int, count: int, tone: str = "action", **kwargs: Any) -> None:
        self.reached, self.count, self.tone = reached, count, tone
        self._ink = InstructionGroup()
        self._draw_soon = Clock.create_trigger(self._draw, -1)
        super().__init__(size_hint_y=None, **kwargs)
        self.canvas.add(self._ink)
        self.bind(pos=self._draw_soon, width=self._draw_soon)
        theme.bind(revision=self._draw_soon)
        self._draw()

    def _draw(self, *_: object) -> None:
        self.height, gap = theme.space(HEIGHT_PX), theme.space(GAP_PX)
        width = max(0, (self.width - (self.count - 1) * gap) / self.count)
        self._ink.clear()
        for at in range(self.count):
            colour = getattr(theme, self.tone) if at < self.reached else theme.key_special
            self._ink.add(Color(rgba=colour))
            pos, size = (self.x + at * (width + gap), self.y), (width, self.height)
            self._ink.add(SmoothRoundedRectangle(pos=pos, size=size, radius=[self.height / 2]))
