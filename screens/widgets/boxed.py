"""The one way a surface is painted: fill, border, and the focus ring around it.

All three are one texture (surface.py), smooth without multisampling. Painting is put off to once a frame
however many properties change, and what is not there is not drawn.
"""

from __future__ import annotations

from typing import Any

from kivy.clock import Clock
from kivy.graphics import BorderImage, Color, Rectangle
from kivy.graphics.instructions import InstructionGroup
from kivy.properties import BooleanProperty, ColorProperty, NumericProperty, StringProperty

from screens.theme import theme
from screens.widgets.icons import icon
from screens.widgets.surface import Layer, surface

CLEAR = (0, 0, 0, 0)
WHITE = (1, 1, 1, 1)
RING_PX = 4
RING_INNER_PX = 3


class Painted:
    """A colour and a shape, put on the canvas when something is to be seen for the first time."""

    def __init__(self, canvas: Any, shape: type[Any]) -> None:
        self._place = InstructionGroup()
        canvas.add(self._place)
        self._kind = shape
        self.shape: Any = None
        self._tint: Any = None

    def shows(self, colour: Any) -> bool:
        """Take on that colour; whether there is anything to see."""
        if self.shape is None and colour[3]:
            self._tint, self.shape = Color(), self._kind()
            self._place.add(self._tint)
            self._place.add(self.shape)
        if self.shape is not None:
            self._tint.rgba = colour
            if not colour[3]:
                self.shape.size = (0, 0)
        return bool(colour[3])


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
        self._surface = Painted(self.canvas.before, BorderImage)
        self._bar = Painted(self.canvas.before, Rectangle)
        self._icon = Painted(self.canvas.before, Rectangle)
        watched = "pos size fill edge edge_width radius bar ringed icon icon_size icon_place icon_color"
        for name in watched.split():
            self.fbind(name, self._paint_soon)
        theme.bind(revision=self._paint_soon)
        self._paint_soon()

    def _paint(self, *_: object) -> None:
        self._paint_surface()
        if self._bar.shows(self.bar):
            self._bar.shape.pos, self._bar.shape.size = self.pos, (theme.space(8), self.height)
        size = int(self.icon_size)
        if self._icon.shows(self.icon_color if self.icon and size > 0 else CLEAR):
            shape = self._icon.shape
            shape.texture, shape.size, shape.pos = icon(self.icon, size), (size, size), self._icon_pos(size)

    def _paint_surface(self) -> None:
        ring, inner = (theme.space(RING_PX), theme.space(RING_INNER_PX)) if self.ringed else (0, 0)
        grown = ring + inner
        layers = self._layers(ring, grown)
        if not self._surface.shows(WHITE if layers else CLEAR):
            return
        shape = self._surface.shape
        shape.texture, border = surface(layers, max(1, theme.space(self.radius) + grown))
        shape.pos = (self.x - grown, self.y - grown)
        shape.size = (self.width + 2 * grown, self.height + 2 * grown)
        shape.border = [min(border, int(min(shape.size) / 2))] * 4

    def _layers(self, ring: int, grown: int) -> tuple[Layer, ...]:
        """From the outside: ring, inner ring, border, fill; nothing if nothing is seen."""
        edge = theme.space(self.edge_width) if self.edge[3] else 0
        layers: list[Layer] = [(tuple(theme.ring), 0), (tuple(theme.ring_inner), ring)] if ring else []
        if edge:
            layers.append((tuple(self.edge), grown))
        inside = self.fill if self.fill[3] or not edge else theme.background
        if layers or inside[3]:
            layers.append((tuple(inside), grown + edge))
        return tuple(layers)

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
