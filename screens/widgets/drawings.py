"""Drawings that show what words say anyway: where the six digits stand, where the card is laid.

They are painted, not pictures: they follow the theme and invent no likeness of a real document.
"""

from __future__ import annotations

from typing import Any

from kivy.clock import Clock
from kivy.core.text import DEFAULT_FONT
from kivy.core.text import Label as CoreLabel
from kivy.graphics import Color, Ellipse, Rectangle, SmoothLine, SmoothRoundedRectangle
from kivy.graphics.instructions import InstructionGroup
from kivy.properties import NumericProperty
from kivy.uix.widget import Widget

from screens.semantics import Semantic
from screens.text import N_, Translated
from screens.theme import theme
from screens.widgets.icons import icon

CARD_RATIO = 85.6 / 54.0  # ID-1, ISO/IEC 7810
SAMPLE_DIGITS = "123456"


class Drawing(Translated, Semantic, Widget):
    """A painted picture with a sentence that says what it shows. Subclasses `paint` into a box."""

    ratio = CARD_RATIO
    widest_mm = NumericProperty(140)

    def __init__(self, **kwargs: Any) -> None:
        self._ink = InstructionGroup()
        self._draw_soon = Clock.create_trigger(self._draw, -1)
        super().__init__(role="image", size_hint_y=None, **kwargs)
        self.canvas.add(self._ink)
        for name in ("pos", "width", "widest_mm"):
            self.fbind(name, self._draw_soon)
        theme.bind(revision=self._draw_soon)
        self._draw()

    def retell(self, *_: object) -> None:
        """The sentence is spoken, not shown."""
        self.text = ""
        super().retell()
        self.label = self.text

    def _draw(self, *_: object) -> None:
        width = min(self.width, theme.mm(self.widest_mm))
        self.height = round(width / self.ratio)
        self._ink.clear()
        self.paint(self.x, self.y, width, self.height)

    def paint(self, x: float, y: float, width: float, height: float) -> None:
        raise NotImplementedError

    def slab(self, colour: Any, box: tuple[float, float, float, float], radius: float) -> None:
        """A rounded surface; `box` is x, y, width, height in pixels."""
        self._ink.add(Color(rgba=colour))
        self._ink.add(SmoothRoundedRectangle(pos=box[:2], size=box[2:], radius=[max(1, radius)]))

    def framed(self, edge: Any, fill: Any, box: tuple[float, float, float, float], line: float) -> None:
        """A rounded surface with a border of `line` pixels."""
        x, y, width, height = box
        radius = theme.space(16)
        self.slab(edge, box, radius)
        self.slab(fill, (x + line, y + line, width - 2 * line, height - 2 * line), radius - line)

    def dot(self, colour: Any, box: tuple[float, float, float, float]) -> None:
        self._ink.add(Color(rgba=colour))
        self._ink.add(Ellipse(pos=box[:2], size=box[2:], segments=90))

    def sign(self, name: str, colour: Any, centre: tuple[float, float], size: float) -> None:
        """An icon with its centre there."""
        texture = icon(name, max(8, round(size)))
        self._ink.add(Color(rgba=colour))
        pos = (round(centre[0] - texture.width / 2), round(centre[1] - texture.height / 2))
        self._ink.add(Rectangle(texture=texture, size=texture.size, pos=pos))


def paint_card(drawing: Drawing, box: tuple[float, float, float, float]) -> None:
    """A card's front: portrait at the left, lines of writing beside it."""
    x, y, width, height = box
    drawing.framed(theme.line, theme.info_tint, box, theme.space(3))
    grey = theme.line
    photo = (x + width * 0.08, y + height * 0.24, width * 0.24, height * 0.5)
    drawing.slab(theme.background, photo, theme.space(4))
    middle = photo[0] + photo[2] / 2
    head = photo[2] * 0.42
    drawing.dot(grey, (middle - head / 2, photo[1] + photo[3] * 0.46, head, head * 1.15))
    drawing.slab(grey, (middle - head * 0.85, photo[1], head * 1.7, photo[3] * 0.38), head * 0.5)
    drawing.slab(grey, (x + width * 0.08, y + height * 0.82, width * 0.5, height * 0.06), height * 0.03)
    for row, length in ((0.66, 0.48), (0.54, 0.4), (0.42, 0.44)):
        drawing.slab(grey, (x + width * 0.4, y + height * row, width * length, height * 0.05), height * 0.025)


class CardFront(Drawing):
    """The front of an identity card with the six digits marked, lower right."""

    def __init__(self, **kwargs: Any) -> None:
        says = N_("Zeichnung: die Vorderseite des Ausweises. Die sechs Ziffern stehen unten rechts.")
        # On a landscape panel it must stay in sight above the keys.
        super().__init__(source=says, node_id="drawing", widest_mm=85 if theme.wide else 140, **kwargs)

    def paint(self, x: float, y: float, width: float, height: float) -> None:
        paint_card(self, (x, y, width, height))
        label = CoreLabel(text=SAMPLE_DIGITS, font_name=DEFAULT_FONT, font_size=theme.body, bold=True, color=theme.text)
        label.refresh()
        texture = label.texture
        side, above = theme.space(16), theme.space(4)
        box_width, box_height = texture.width + 2 * side, texture.height + 2 * above
        right, below = x + width * 0.95, y + height * 0.08
        box = (right - box_width, below, box_width, box_height)
        self.framed(theme.ring, theme.background, box, theme.space(5))
        self._ink.add(Color(1, 1, 1, 1))
        pos = (round(box[0] + side), round(box[1] + above))
        self._ink.add(Rectangle(texture=texture, size=texture.size, pos=pos))


class PassportPage(Drawing):
    """The page with the photo: number and dates, and the two lines for machines below, marked."""

    ratio = 125 / 88  # ID-3, ISO/IEC 7810

    def __init__(self, **kwargs: Any) -> None:
        says = N_("Zeichnung: die Seite des Passes mit dem Foto. Nummer und Daten stehen neben dem Foto.")
        super().__init__(source=says, node_id="drawing", widest_mm=70 if theme.wide else 120, **kwargs)

    def paint(self, x: float, y: float, width: float, height: float) -> None:
        paint_card(self, (x, y + height * 0.2, width, height * 0.8))
        below = (x, y, width, height * 0.24)
        self.framed(theme.line, theme.background, below, theme.space(3))
        for row in (0.13, 0.05):
            self.slab(theme.line, (x + width * 0.05, y + height * row, width * 0.9, height * 0.04), height * 0.01)
        beside = (x + width * 0.36, y + height * 0.48, width * 0.58, height * 0.3)
        self._ink.add(Color(rgba=theme.ring))
        self._ink.add(SmoothLine(rounded_rectangle=(*beside, theme.space(8)), width=theme.space(2)))


class CardOnReader(Drawing):
    """A card on its way onto the reader."""

    ratio = 2.9

    def __init__(self, **kwargs: Any) -> None:
        says = N_("Zeichnung: Der Ausweis wird flach auf den Leser gelegt.")
        super().__init__(source=says, node_id="drawing", widest_mm=300, **kwargs)

    def paint(self, x: float, y: float, width: float, height: float) -> None:
        card = width * 0.36
        card_height = card / CARD_RATIO
        middle = y + height / 2
        paint_card(self, (x, middle - card_height / 2, card, card_height))
        self.sign("right", theme.action, (x + width * 0.46, middle), height * 0.3)
        left = x + width * 0.56
        self.framed(theme.input_edge, theme.tinted, (left, y, width * 0.44, height), theme.space(4))
        place = (left + (width * 0.44 - card) / 2, middle - card_height / 2, card, card_height)
        self.framed(theme.action, theme.background, place, theme.space(4))
        self.sign("card", theme.action, (left + width * 0.22, middle), height * 0.38)
