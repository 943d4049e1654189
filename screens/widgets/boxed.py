"""The one way a surface is painted: fill, border, and the focus ring around it.

Borders are two rounded rectangles inside each other: they stay smooth without multisampling, kivy's
lines do not. Painting is put off to once a frame however many properties change.
"""

from __future__ import annotations

from typing import Any

from kivy.clock import Clock
from kivy.graphics import Color, Rectangle, SmoothRoundedRectangle
from kivy.graphics.instructions import InstructionGroup
from kivy.properties import BooleanProperty, ColorProperty, NumericProperty, StringProperty

from screens.theme import theme
from screens.widgets.icons import icon

CLEAR = (0, 0, 0, 0)
LAYERS = 4
RING_PX = 4
RING_INNER_PX = 3


class Boxed:
    """A widget with a painted surface. Lengths are steps of `theme.space`, `icon_size` is pixels."""

    fill = ColorProperty(CLEAR)
    edge = ColorProperty(CLEAR)
    edge_width = NumericProperty(2)
    radius = NumericProperty(8)
    bar = ColorProperty(CLEAR)
    ringed = BooleanProperty(False)
    icon = StringProperty("")
    icon_size = NumericProperty(0)
    icon_place = StringProperty("left")
    icon_color = ColorProperty(CLEAR)

    def __init__(self, **kwargs: Any) -> None:
        self._paint_soon = Clock.create_trigger(self._paint, -1)
        super().__init__(**kwargs)
        # From the back: outer ring, inner ring, edge, fill. Most widgets need one or two, so each is made when needed.
        self._places = [InstructionGroup() for _ in range(LAYERS)]
        self._layers: list[Any] = [None] * LAYERS
        for place in self._places:
            self.canvas.before.add(place)
        with self.canvas.before:
            self._bar = (Color(rgba=CLEAR), Rectangle(size=(0, 0)))
            self._icon = (Color(rgba=CLEAR), Rectangle(size=(0, 0)))
        watched = "pos size fill edge edge_width radius bar ringed icon icon_size icon_place icon_color"
        for name in watched.split():
            self.fbind(name, self._paint_soon)
        theme.bind(revision=self._paint_soon)
        self._paint_soon()

    def _paint(self, *_: object) -> None:
        radius = theme.space(self.radius)
        ring, inner = theme.space(RING_PX), theme.space(RING_INNER_PX)
        edge = theme.space(self.edge_width) if self.edge[3] else 0
        ringed = self.ringed
        self._layer(0, theme.ring if ringed else CLEAR, ring + inner, radius)
        self._layer(1, theme.ring_inner if ringed else CLEAR, inner, radius)
        self._layer(2, self.edge, 0, radius)
        self._layer(3, self.fill if self.fill[3] or not edge else theme.background, -edge, radius)
        self._paint_bar()
        self._paint_icon()

    def _layer(self, number: int, colour: Any, grown: float, radius: float) -> None:
        if self._layers[number] is None:
            if not colour[3]:
                return
            self._layers[number] = (Color(), SmoothRoundedRectangle())
            for instruction in self._layers[number]:
                self._places[number].add(instruction)
        tint, shape = self._layers[number]
        tint.rgba = colour
        if not colour[3]:
            shape.size = (0, 0)
            return
        shape.pos = (self.x - grown, self.y - grown)
        shape.size = (max(0, self.width + 2 * grown), max(0, self.height + 2 * grown))
        shape.radius = [max(1, radius + grown)]

    def _paint_bar(self) -> None:
        tint, shape = self._bar
        tint.rgba = self.bar
        shape.pos = self.pos
        shape.size = (theme.space(8), self.height) if self.bar[3] else (0, 0)

    def _paint_icon(self) -> None:
        tint, shape = self._icon
        size = int(self.icon_size)
        if not self.icon or size <= 0:
            shape.size = (0, 0)
            return
        tint.rgba = self.icon_color
        shape.texture = icon(self.icon, size)
        shape.size = (size, size)
        shape.pos = self._icon_pos(size)

    def _icon_pos(self, size: int) -> tuple[float, float]:
        match self.icon_place:
            case "top":
                return self.center_x - size / 2, self.top - theme.space(12) - size
            case "top-left":
                return self.x + theme.space(24), self.top - theme.space(24) - size
            case "centre":
                return self.center_x - size / 2, self.center_y - size / 2
            case _:
                return self.x + theme.space(24), self.center_y - size / 2
